package import GitProcess
package import GitValues

/// The configuration, all layers merged: option > environment (`git -c`, `GIT_CONFIG_…`) > worktree > local > global >
/// system > committed file > default.
///
/// Of keys with several values the whole list of the winning layer counts, git's own scopes being one layer, as
/// `git config --get-all` has it.
package struct Settings: Sendable {
    /// The checks of the committed file, in its order. Git's configuration never adds one.
    package let checks: [CheckDefinition]
    /// Whether there is a committed file at all.
    package let hasCommittedFile: Bool
    /// What is odd but harms nothing, such as unknown keys of ours in the user's own configuration.
    package let notices: [SettingsProblem]
    private var flags: [String: [SettingEntry]] = [:]
    private let gitValues: [String: [SettingEntry]]
    private let committedValues: [String: [SettingEntry]]

    /// Reads git's configuration and the committed file.
    ///
    /// - Throws: `SettingsError` with everything that is wrong in them, exit code 78.
    package static func load(git: GitProgram, committed: CommittedFile?) async throws -> Settings {
        let (settings, problems) = try await inspect(git: git, committed: committed)
        if let error = SettingsError(problems) { throw error }
        return settings
    }

    /// Reads both and returns what could be understood together with everything that is wrong.
    ///
    /// - Throws: `SettingsError` only when git cannot read its own configuration.
    package static func inspect(
        git: GitProgram, committed: CommittedFile?
    ) async throws -> (settings: Settings, problems: [SettingsProblem]) {
        merge(try await GitConfigLayer.load(git), committed)
    }

    /// The same git configuration with another committed file, without asking git again.
    ///
    /// - Throws: `SettingsError` with everything that is wrong in the file.
    package func with(committed: CommittedFile?) throws(SettingsError) -> Settings {
        let layer = committed.map(CommittedLayer.init)
        if let error = SettingsError(layer?.problems ?? []) { throw error }
        var settings = Settings(gitValues: gitValues, committed: layer, notices: notices)
        settings.flags = flags
        return settings
    }

    /// Only the defaults and a committed file: for tests and for judging a file by itself.
    ///
    /// - Throws: `SettingsError` with everything that is wrong in the file.
    package static func committedOnly(_ committed: CommittedFile?) throws(SettingsError) -> Settings {
        let (settings, problems) = merge(GitConfigLayer(), committed)
        if let error = SettingsError(problems) { throw error }
        return settings
    }

    private static func merge(
        _ git: GitConfigLayer, _ committed: CommittedFile?
    ) -> (settings: Settings, problems: [SettingsProblem]) {
        let layer = committed.map(CommittedLayer.init)
        let settings = Settings(gitValues: git.values, committed: layer, notices: git.notices)
        return (settings, git.problems + (layer?.problems ?? []))
    }

    private init(gitValues: [String: [SettingEntry]], committed: CommittedLayer?, notices: [SettingsProblem]) {
        self.gitValues = gitValues
        self.committedValues = committed?.values ?? [:]
        self.checks = committed?.checks ?? []
        self.hasCommittedFile = committed != nil
        self.notices = notices
    }

    // MARK: Known keys

    /// The value of a known key, its default when nobody sets it.
    package subscript<Value>(key: SettingKey<Value>) -> Value { value(of: key, in: nil) }

    /// The value of a known key under a subsection, else of the key without one, else its default.
    ///
    /// An option or the environment wins over both; below them the subsection wins over the plain key.
    package subscript<Value>(key: SettingKey<Value>, subsection: String) -> Value { value(of: key, in: subsection) }

    /// Sets a known key from an option of the running command; the option wins over everything.
    ///
    /// - Throws: `SettingsError` when a text is no value of the key.
    package mutating func override<Value>(
        _ key: SettingKey<Value>, with texts: [String], flag: String
    ) throws(SettingsError) {
        let origin = SettingOrigin(scope: .flag, source: flag)
        let problems = texts.filter { !key.definition.accepts($0) }.map { text in
            SettingsProblem(
                code: .badValue, origin: origin, key: key.definition.name,
                message: "'\(text)' is no value: it takes \(key.definition.form)")
        }
        if let error = SettingsError(problems) { throw error }
        flags[key.definition.lookupName(nil)] = texts.map { SettingEntry(value: $0, origin: origin) }
    }

    // MARK: Any key

    /// The last value of any key, git's own included (`remote.origin.url`); `nil` when nobody sets it.
    package func string(_ name: String) -> String? { strings(name).last }

    /// All values of any key in the layer that wins, in git's order.
    package func strings(_ name: String) -> [String] { entries(ConfigName.canonical(name)).map(\.value) }

    /// Every place that sets a key, from the one that loses to the one that wins.
    package func explain(_ name: String) -> [SettingEntry] {
        let name = ConfigName.canonical(name)
        return (committedValues[name] ?? []) + (gitValues[name] ?? []) + (flags[name] ?? [])
    }

    /// The names of subsections of a section that any layer sets, sorted: the hosts of `forge`.
    package func subsections(of section: String) -> [String] {
        let names = Array(gitValues.keys) + Array(committedValues.keys)
        let wanted = section.lowercased()
        return Set(names.map { ConfigName.split($0) }.filter { $0.section == wanted }.compactMap(\.subsection)).sorted()
    }

    private func entries(_ name: String) -> [SettingEntry] {
        flags[name] ?? gitValues[name] ?? committedValues[name] ?? []
    }

    private func value<Value>(of key: SettingKey<Value>, in subsection: String?) -> Value {
        let texts = entries(of: key.definition, in: subsection).map(\.value)
        // Texts that are no value were refused by `load`; after `inspect` the default stands in for them.
        return texts.isEmpty ? key.fallback : key.read(texts) ?? key.fallback
    }

    private func entries(of definition: KeyDefinition, in subsection: String?) -> [SettingEntry] {
        let plain = definition.lookupName(nil)
        guard let subsection else { return entries(plain) }
        let named = definition.lookupName(subsection)
        if let flag = flags[plain] { return flag }
        let commands = [named, plain].lazy.compactMap { name in
            self.gitValues[name].flatMap { $0.last?.origin.scope == .command ? $0 : nil }
        }
        return commands.first ?? gitValues[named] ?? committedValues[named] ?? entries(plain)
    }
}

extension Settings {
    /// The time a tier should take.
    package func timeTarget(of tier: Tier) -> TimeSpan {
        if let target = self[ValidateKeys.target, tier.rawValue] { return target }
        switch tier {
        case .quick: return TimeSpan(seconds: 30)
        case .standard: return TimeSpan(seconds: 300)
        case .complete: return TimeSpan(seconds: 900)
        }
    }
}

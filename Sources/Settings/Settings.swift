package import GitProcess
package import GitValues
import SystemPackage

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
    package var notices: [SettingsProblem] { gitNotices + committedNotices }
    private let gitNotices: [SettingsProblem]
    private let committedNotices: [SettingsProblem]
    private var flags: [String: [SettingEntry]] = [:]
    private let gitValues: [String: [SettingEntry]]
    private let gitDirectory: FilePath
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
        return Settings(self, committed: layer)
    }

    /// Only the defaults and a committed file: for tests and for judging a file by itself.
    ///
    /// - Throws: `SettingsError` with everything that is wrong in the file.
    package static func committedOnly(_ committed: CommittedFile?) throws(SettingsError) -> Settings {
        let (settings, problems) = merge(GitConfigLayer(directory: "."), committed)
        if let error = SettingsError(problems) { throw error }
        return settings
    }

    private static func merge(
        _ git: GitConfigLayer, _ committed: CommittedFile?
    ) -> (settings: Settings, problems: [SettingsProblem]) {
        let layer = committed.map(CommittedLayer.init)
        return (Settings(git, committed: layer), git.problems + (layer?.problems ?? []))
    }

    private init(_ git: GitConfigLayer, committed: CommittedLayer?) {
        gitValues = git.values
        gitDirectory = git.directory
        gitNotices = git.notices
        committedNotices = committed?.notices ?? []
        checks = committed?.checks ?? []
        committedValues = committed?.values ?? [:]
        hasCommittedFile = committed != nil
    }

    private init(_ settings: Settings, committed: CommittedLayer?) {
        flags = settings.flags
        gitValues = settings.gitValues
        gitDirectory = settings.gitDirectory
        gitNotices = settings.gitNotices
        committedNotices = committed?.notices ?? []
        checks = committed?.checks ?? []
        committedValues = committed?.values ?? [:]
        hasCommittedFile = committed != nil
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

    /// A boolean of git's own (`commit.gpgSign`), as git reads it; `nil` when nobody sets it or it is no boolean.
    package func boolean(_ name: String) -> Bool? { string(name).flatMap(Form.boolean.read) }

    /// Every place that sets a key, from the one that loses to the one that wins, with lines where files tell them.
    package func explain(_ name: String) -> [SettingEntry] {
        let name = ConfigName.canonical(name)
        let layers = [committedValues, gitValues, flags].compactMap { values in
            values[name].map { SettingLayer(name: name, entries: $0) }
        }
        return addingLines(layers).flatMap(\.entries)
    }

    /// The larger of what the committed file says and of what counts otherwise: a brake of the team, which nobody loosens
    /// for himself.
    package func strictest<Value: Comparable>(_ key: SettingKey<Value>) -> Value {
        let usual = value(of: key, in: nil)
        let texts = (committedValues[key.definition.lookupName(nil)] ?? []).map(\.value)
        guard !texts.isEmpty, let committed = key.read(texts) else { return usual }
        return max(usual, committed)
    }

    /// The names of subsections of a section that any layer sets, sorted: the hosts of `forge`.
    package func subsections(of section: String) -> [String] {
        let wanted = section.lowercased()
        return Set(setNames().map { ConfigName.split($0) }.filter { $0.section == wanted }.compactMap(\.subsection))
            .sorted()
    }

    /// The names that any layer sets, sorted.
    func setNames() -> [String] {
        Set(gitValues.keys).union(committedValues.keys).union(flags.keys).sorted()
    }

    private func entries(_ name: String) -> [SettingEntry] {
        flags[name] ?? gitValues[name] ?? committedValues[name] ?? []
    }

    private func value<Value>(of key: SettingKey<Value>, in subsection: String?) -> Value {
        let texts = layers(of: key.definition, in: subsection).last?.entries.map(\.value) ?? []
        // Texts that are no value were refused by `load`; after `inspect` the default stands in for them.
        return texts.isEmpty ? key.fallback : key.read(texts) ?? key.fallback
    }

    /// The places that set a key, in layers from the one that loses to the one that wins; the last one counts.
    ///
    /// Under a subsection the plain key is a layer too, below the subsection unless it comes from the environment.
    func layers(of definition: KeyDefinition, in subsection: String?) -> [SettingLayer] {
        let plain = definition.lookupName(nil)
        var layers: [SettingLayer] = []
        func add(_ name: String, _ entries: [SettingEntry]?) {
            if let entries, !entries.isEmpty { layers.append(SettingLayer(name: name, entries: entries)) }
        }
        var names = [plain]
        if let subsection { names.append(definition.lookupName(subsection)) }
        for name in names {
            add(name, committedValues[name])
            if !isFromEnvironment(name) { add(name, gitValues[name]) }
        }
        for name in names where isFromEnvironment(name) { add(name, gitValues[name]) }
        for name in names { add(name, flags[name]) }
        return layers
    }

    private func isFromEnvironment(_ name: String) -> Bool { gitValues[name]?.last?.origin.scope == .command }

    /// The same entries with their lines in git's files.
    func addingLines(_ layers: [SettingLayer]) -> [SettingLayer] {
        var lines = ConfigFileLines(directory: gitDirectory)
        return layers.map { SettingLayer(name: $0.name, entries: lines.adding(to: $0.entries, of: $0.name)) }
    }
}

/// The entries of one name in one layer.
struct SettingLayer {
    let name: String
    let entries: [SettingEntry]
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

import GitValues

/// What a key is, who sets it, and which value counts: the content of `git patch config --explain KEY`.
package struct SettingExplanation: Sendable {
    /// The name in the spelling of the docs, with the subsection that was asked for.
    package let name: String
    /// What is known of the key.
    package let definition: KeyDefinition
    /// The places that count; empty when the default does.
    package let winners: [SettingEntry]
    /// The other places that set it, from the one that loses to all to the one that loses to the winners only.
    package let losers: [SettingEntry]

    /// Where to look for the name of a key.
    package static let list = "git patch config --all lists the keys"

    /// The text for people, a line each.
    package var lines: [String] {
        var lines = winners.map { "\(name) = \($0.value)  (\($0.origin))" }
        if winners.isEmpty { lines.append("\(name) is not set; \(fallback)") }
        for entry in losers.reversed() {
            lines.append("  not used: \(entry.value)  (\(entry.origin))")
        }
        lines.append("  \(definition.summary)")
        lines.append("  It takes \(definition.form)\(definition.isRepeatable ? "; each value counts" : "").")
        if !winners.isEmpty { lines.append("  Otherwise \(fallback).") }
        switch definition.places {
        case .everywhere: lines.append("  It may stand in \(CommittedFile.path) and in git's configuration.")
        case .committedFile: lines.append("  It is read from \(CommittedFile.path) only.")
        case .gitConfig(let reason): lines.append("  It is not taken from \(CommittedFile.path): \(reason).")
        }
        return lines
    }

    private var fallback: String { definition.fallback.map { "the default is \($0)" } ?? "there is no default" }
}

extension Settings {
    /// Explains a key of ours: `automerge.delay`, `validate.main.prePush`, `check.unit.timeout`.
    ///
    /// - Throws: `SettingsError` for a name that is no key of ours.
    package func explanation(of name: String) throws(SettingsError) -> SettingExplanation {
        let parts = ConfigName.split(name)
        guard let definition = KnownKeys.definition(of: name) else {
            let near =
                KnownKeys.suggestion(for: parts.section, parts.subsection, parts.key)
                ?? KnownKeys.suggestion(forSection: parts.section).map { "\($0).\(parts.key)" }
            throw SettingsError(
                SettingsProblem(
                    code: .unknownKey, origin: SettingOrigin(scope: .flag, source: "--explain"), key: name,
                    message: "key '\(name)' is not known",
                    hints: [near.map { "did you mean '\($0)'?" } ?? SettingExplanation.list]))
        }
        let layers = addingLines(self.layers(of: definition, in: parts.subsection))
        let winners = layers.last?.entries ?? []
        return SettingExplanation(
            name: definition.fullName(parts.subsection), definition: definition,
            winners: definition.isRepeatable ? winners : winners.suffix(1),
            losers: (definition.isRepeatable
                ? layers.dropLast().flatMap(\.entries) : layers.flatMap(\.entries).dropLast()))
    }

    /// Explains every key that somebody sets, by name; with `all` also those that have a default or could be set alone.
    package func explanations(all: Bool = false) -> [SettingExplanation] {
        var names = setNames().filter { KnownKeys.definition(of: $0) != nil }
        if all {
            let plain = KnownKeys.all.filter { $0.allows(nil) }.map { $0.lookupName(nil) }
            names = Set(names).union(plain).sorted()
        }
        return names.compactMap { name in
            try? explanation(of: name)  // Known names are always explained.
        }
    }
}

import GitValues

/// The one table of keys: what is not in it is an error in the committed file.
package enum KnownKeys {
    /// Every key, in the order of the docs.
    package static let all: [KeyDefinition] =
        PatchKeys.all + AutomergeKeys.all + ValidateKeys.all + CheckKeys.all + ForgeKeys.all + EnvironmentKeys.all
        + CIKeys.all + ReleaseKeys.all

    /// The sections that belong to the suite, in lower case; written down, so that nobody who uses none of them waits for
    /// the table.
    package static let sections: Set<String> = [
        "patch", "automerge", "validate", "check", "forge", "environment", "ci", "release",
    ]

    /// The keys of each section, its name in lower case.
    static let bySection = Dictionary(grouping: all) { $0.section.lowercased() }

    /// The definition of a full name, upper and lower case being equal in section and key; `nil` for an unknown one.
    package static func definition(of name: String) -> KeyDefinition? {
        let parts = ConfigName.split(name)
        return byName[ConfigName.join(parts.section, nil, parts.key)]?.first { $0.allows(parts.subsection) }
    }

    private static let byName = Dictionary(grouping: all) { $0.lookupName(nil) }

    /// The known key of the section that looks most like an unknown one, or is it under another kind of section.
    static func suggestion(for section: String, _ subsection: String?, _ key: String) -> String? {
        if let other = byName[ConfigName.join(section, nil, key)]?.first { return other.name }
        let candidates = bySection[section, default: []].filter { $0.allows(subsection) }
        let near = nearest(to: key, among: candidates.map(\.key))
        return near.map { ConfigName.join(section, subsection, $0) }
    }

    /// The section that looks most like an unknown one.
    static func suggestion(forSection section: String) -> String? { nearest(to: section, among: sections.sorted()) }

    private static func nearest(to word: String, among candidates: [String]) -> String? {
        let ranked = candidates.filter { $0.lowercased() != word }.map {
            (distance: editDistance(word, $0.lowercased()), word: $0)
        }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(1, word.count / 3) ? best.word : nil
    }
}

/// The number of letters to insert, remove or replace to get from one word to the other.
private func editDistance(_ left: String, _ right: String) -> Int {
    let right = Array(right)
    var row = Array(0...right.count)
    for (index, letter) in left.enumerated() {
        var diagonal = row[0]
        row[0] = index + 1
        for column in right.indices {
            let replaced = diagonal + (letter == right[column] ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = min(replaced, row[column] + 1, row[column + 1] + 1)
        }
    }
    return row[right.count]
}

import GitProcess
import GitValues

/// What checks must not change in the real repository: its references and its configuration.
struct RepositoryFacts: Sendable {
    private let references: [String: String]
    private let configuration: [UInt8]?

    /// References that other tools of ours, or a fetch, move at any time.
    private static let ignored = [
        "refs/remotes/", "refs/gitpatch/", "refs/patches/", "refs/automerge/", "refs/prefetch/",
    ]

    /// Reads them.
    static func of(_ location: RepositoryLocation, _ git: GitProgram) async throws -> RepositoryFacts {
        let result = try await git.readOnly.output(["for-each-ref", "--format=%(refname) %(objectname) %(symref)"])
        var references: [String: String] = [:]
        references["HEAD"] = Files.text(location.commonDirectory + "/HEAD")
        for line in result.lines {
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2, !ignored.contains(where: { words[0].hasPrefix($0) }) else { continue }
            references[String(words[0])] = String(words[1])
        }
        return RepositoryFacts(
            references: references, configuration: Files.read(location.commonDirectory + "/config"))
    }

    /// What differs from an earlier look, as warnings. Who did it cannot be known: the user may have, meanwhile.
    func differences(from before: RepositoryFacts) -> [String] {
        var warnings: [String] = []
        let names = Set(references.keys).union(before.references.keys)
        let moved = names.filter { references[$0] != before.references[$0] }.sorted()
        if !moved.isEmpty {
            let first = moved.prefix(3).joined(separator: ", ")
            let more = moved.count > 3 ? " and \(moved.count - 3) more" : ""
            warnings.append(
                "references changed while the checks ran: \(first)\(more); if it was not you, a check did it")
        }
        if configuration != before.configuration {
            warnings.append(
                "the repository's configuration changed while the checks ran; if it was not you, a check did it")
        }
        return warnings
    }
}

import GitProcess
import GitValues

/// A difference between two trees with what the guard rails need to know of it.
struct TreeDifference: Sendable {
    let path: [UInt8]
    let oldMode: String
    let newMode: String
    let oldID: ObjectID?
    let newID: ObjectID?
    var bytes: Int64 = 0

    /// The difference as callers see it.
    var summary: CapturedChange {
        CapturedChange(
            path: path, kind: kind, old: CapturedChange.Version(oldID, mode: UInt32(oldMode, radix: 8) ?? 0),
            new: CapturedChange.Version(newID, mode: UInt32(newMode, radix: 8) ?? 0), bytes: bytes)
    }

    /// What happened to the path; a change of the executable bit is a modification.
    var kind: CapturedChange.Kind {
        if newID == nil { return .deleted }
        if oldID == nil { return .added }
        return oldMode.prefix(2) == newMode.prefix(2) ? .modified : .typeChanged
    }

    /// Whether the new content is a blob of a regular file.
    var isFile: Bool { newMode.hasPrefix("100") }
}

/// Asks git for differences and sizes.
struct GitModeChanges: Sendable {
    let session: GitSession

    /// What differs between two trees, sorted by path; no tree is the empty one.
    func between(_ old: ObjectID?, _ new: ObjectID) async throws -> [TreeDifference] {
        let arguments: [String]
        if let old {
            arguments = ["diff-tree", "-r", "-z", "--no-renames", "--no-abbrev", "--raw", old.hex, new.hex]
        } else {
            arguments = ["ls-tree", "-r", "-z", "--full-tree", new.hex]
        }
        let result = try await session.git.captured(arguments, step: "compare the tree with HEAD")
        let fields = result.output.split(separator: 0)
        var differences = old == nil ? fields.compactMap(GitModeChanges.listed) : GitModeChanges.parse(fields)
        let sizes = try await sizes(of: differences.compactMap { $0.newMode == "160000" ? nil : $0.newID })
        for index in differences.indices {
            if let id = differences[index].newID { differences[index].bytes = sizes[id] ?? 0 }
        }
        return differences.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    }

    /// What differs between a tree and the session's index, without sizes.
    func staged(against tree: ObjectID?, pathspecs: [String] = [], in git: GitProgram? = nil) async throws
        -> [TreeDifference]
    {
        // Git knows the empty tree without having it.
        let empty = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
        var name = tree?.hex ?? empty
        if tree == nil {
            let result = try await session.git.captured(
                ["hash-object", "-t", "tree", "--stdin"], step: "name the empty tree")
            name = result.text
        }
        let result = try await (git ?? session.git).captured(
            ["diff-index", "--cached", "-z", "--no-renames", "--no-abbrev", "--raw", name, "--"] + pathspecs,
            step: "compare the index with HEAD")
        return GitModeChanges.parse(result.output.split(separator: 0))
    }

    private func sizes(of ids: [ObjectID]) async throws -> [ObjectID: Int64] {
        if ids.isEmpty { return [:] }
        let input = Array(ids.map { $0.hex + "\n" }.joined().utf8)
        let result = try await session.git.captured(
            ["cat-file", "--batch-check=%(objectname) %(objectsize)", "--buffer"], input: input, step: "read sizes")
        var sizes: [ObjectID: Int64] = [:]
        for line in result.lines {
            let parts = line.split(separator: " ")
            if parts.count == 2, let id = ObjectID(hex: parts[0]) { sizes[id] = Int64(parts[1]) }
        }
        return sizes
    }

    /// `:old-mode new-mode old-id new-id status` and a path, alternating.
    private static func parse(_ fields: [ArraySlice<UInt8>]) -> [TreeDifference] {
        stride(from: 0, to: fields.count - 1, by: 2).compactMap { index in
            let parts = String(decoding: fields[index].dropFirst(), as: UTF8.self).split(separator: " ")
            guard parts.count == 5 else { return nil }
            return TreeDifference(
                path: Array(fields[index + 1]), oldMode: String(parts[0]), newMode: String(parts[1]),
                oldID: ObjectID(hex: parts[2]), newID: parts[4] == "D" ? nil : ObjectID(hex: parts[3]))
        }
    }

    /// `mode type id TAB path`.
    private static func listed(_ field: ArraySlice<UInt8>) -> TreeDifference? {
        let parts = field.split(separator: 9, maxSplits: 1)
        guard parts.count == 2 else { return nil }
        let facts = String(decoding: parts[0], as: UTF8.self).split(separator: " ")
        guard facts.count == 3 else { return nil }
        return TreeDifference(
            path: Array(parts[1]), oldMode: "000000", newMode: String(facts[0]), oldID: nil,
            newID: ObjectID(hex: facts[2]))
    }
}

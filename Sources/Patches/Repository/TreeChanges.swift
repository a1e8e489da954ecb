import Git2
import GitProcess
import GitValues
import Snapshots

/// A path that differs between two trees.
struct TreeChange: Sendable, Hashable {
    /// The mode of a submodule's entry.
    static let submodule = "160000"

    var path: [UInt8]
    /// Absent when the path is new.
    var old: ObjectID?
    /// Octal, as git prints it: `100644`.
    var oldMode: String
    /// Absent when the path is gone.
    var new: ObjectID?
    var newMode: String

    /// The path as text, damaged bytes replaced.
    var pathText: String { String(decoding: path, as: UTF8.self) }
}

extension RepositoryView {
    /// A tree with everything in it that another tree does not have at its path, folders included; asked of git.
    func objects(of tree: ObjectID, notIn other: ObjectID) async throws -> [ObjectID] {
        let arguments = ["diff-tree", "-r", "-t", "-z", "--raw", "--no-renames", "--full-index", other.hex, tree.hex]
        let fields = try await git.output(arguments).output.split(separator: 0)
        let changed = stride(from: 0, to: fields.count - 1, by: 2).compactMap { position in
            let head = String(decoding: fields[position], as: UTF8.self).split(separator: " ")
            return head.count == 5 ? ObjectID(hex: head[3]) : nil
        }
        return [tree] + changed
    }

    /// What differs between two trees, sorted by path; renames are a deletion and an addition.
    func changes(from old: ObjectID, to new: ObjectID) async throws -> [TreeChange] {
        if let library {
            return try library.repository.changes(from: old, to: new).map { change in
                TreeChange(
                    path: change.path, old: change.old?.id, oldMode: octal(change.old?.mode.rawValue),
                    new: change.new?.id,
                    newMode: octal(change.new?.mode.rawValue))
            }
        }
        return try await rawChanges("diff-tree", ["-r", old.hex, new.hex])
    }

    /// The same where a side may be missing: that is the empty tree, which is not stored for it.
    func changes(from old: ObjectID?, toTree new: ObjectID?) async throws -> [TreeChange] {
        if let old, let new { return try await changes(from: old, to: new) }
        if old == new { return [] }
        // Git knows the empty tree of every repository, stored or not.
        let empty = try await git.output(["hash-object", "-t", "tree", "--stdin"]).text
        return try await rawChanges("diff-tree", ["-r", old?.hex ?? empty, new?.hex ?? empty])
    }

    /// What differs between a tree and what was captured, whose own tree may not be stored: a dry run keeps no object.
    func changes(from tree: ObjectID, to captured: Captured) async throws -> [TreeChange] {
        let known = try await changes(from: tree, toTree: captured.headTree)
        var found = Dictionary(known.map { ($0.path, $0) }, uniquingKeysWith: { $1 })
        for change in captured.changes {
            var entry =
                found[change.path]
                ?? TreeChange(
                    path: change.path, old: change.old?.id, oldMode: octal(change.old?.mode), new: nil, newMode: "")
            entry.new = change.new?.id
            entry.newMode = octal(change.new?.mode)
            found[change.path] = (entry.old, entry.oldMode) == (entry.new, entry.newMode) ? nil : entry
        }
        return found.values.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    }

    /// What differs between a tree and an index, which is not written for it.
    func changes(from tree: ObjectID, toIndex index: DiskPath) async throws -> [TreeChange] {
        try await rawChanges(
            "diff-index", ["--cached", "--ignore-submodules=none", tree.hex],
            git: git.using(indexFile: index.filePath).readOnly)
    }

    private func rawChanges(
        _ command: String, _ arguments: [String], git: GitProgram? = nil
    ) async throws -> [TreeChange] {
        let options = ["-z", "--raw", "--no-renames", "--no-abbrev"]
        let fields = try await (git ?? self.git).output([command] + options + arguments).output.split(separator: 0)
        return stride(from: 0, to: fields.count - 1, by: 2).compactMap { position in
            let head = String(decoding: fields[position].dropFirst(), as: UTF8.self).split(separator: " ")
            guard head.count == 5 else { return nil }
            return TreeChange(
                path: Array(fields[position + 1]), old: ObjectID(hex: head[2]), oldMode: String(head[0]),
                new: ObjectID(hex: head[3]), newMode: String(head[1]))
        }
    }

    private func octal(_ mode: UInt32?) -> String {
        let digits = String(mode ?? 0, radix: 8)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }
}

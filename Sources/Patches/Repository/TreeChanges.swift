import Git2
import GitProcess
import GitValues

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
                    path: change.path, old: change.old?.id, oldMode: octal(change.old?.mode), new: change.new?.id,
                    newMode: octal(change.new?.mode))
            }
        }
        let arguments = ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--full-index", old.hex, new.hex]
        let fields = try await git.output(arguments).output.split(separator: 0)
        return stride(from: 0, to: fields.count - 1, by: 2).compactMap { position in
            let head = String(decoding: fields[position].dropFirst(), as: UTF8.self).split(separator: " ")
            guard head.count == 5 else { return nil }
            return TreeChange(
                path: Array(fields[position + 1]), old: ObjectID(hex: head[2]), oldMode: String(head[0]),
                new: ObjectID(hex: head[3]), newMode: String(head[1]))
        }
    }

    private func octal(_ mode: FileMode?) -> String {
        let digits = String(mode?.rawValue ?? 0, radix: 8)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }
}

import GitProcess
import GitValues
import SystemPackage

/// Remembers what is staged before `git add` overwrites it.
struct GitModeStaged: Sendable {
    let session: GitSession
    let head: ObjectID?
    private var staged: [TreeDifference] = []

    init(session: GitSession, head: ObjectID?) {
        self.session = session
        self.head = head
    }

    /// The same with what is staged now.
    func read() async throws -> GitModeStaged {
        var copy = self
        copy.staged = try await GitModeChanges(session: session).staged(against: head)
        return copy
    }

    /// Waits for what `git add` has stored: git does not.
    func settle(in objectDirectory: String) throws {
        try LooseFile.settle(staged.compactMap { $0.newID?.hex }, in: [objectDirectory])
    }

    /// Files that are staged and not in HEAD.
    var added: [[UInt8]] { staged.filter { $0.oldID == nil && $0.isFile }.map(\.path) }

    /// Writes a tree of the staged blobs that a captured tree does not have at their path; `nil` when there are none.
    func lost(in tree: ObjectID, _ session: GitSession) async throws -> ObjectID? {
        let blobs = staged.filter { $0.newID != nil && $0.newMode != "160000" }
        if blobs.isEmpty { return nil }
        let changes = try await GitModeChanges(session: session).between(head, tree)
        let kept = Dictionary(changes.map { ($0.path, $0.newID) }) { first, _ in first }
        let lost = blobs.filter { kept[$0.path].flatMap { $0 } != $0.newID }
        if lost.isEmpty { return nil }
        var input: [UInt8] = []
        for entry in lost {
            input += Array("\(entry.newMode) \(entry.newID?.hex ?? "")\t".utf8) + entry.path + [0]
        }
        let scratch = session.git.using(indexFile: FilePath(session.index + ".staged"))
        defer { Files.removeTree(session.index + ".staged") }
        _ = try await scratch.captured(
            ["update-index", "-z", "--index-info"], input: input, step: "keep what is staged only")
        let result = try await scratch.captured(["write-tree"], step: "keep what is staged only")
        return ObjectID(hex: result.text)
    }
}

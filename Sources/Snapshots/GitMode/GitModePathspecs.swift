import GitProcess
import GitValues

/// Captures named paths only, as `git commit --only` does: the tree is HEAD's with those paths as they are on disk; the
/// index keeps whatever else is staged.
struct GitModePathspecs: Sendable {
    let request: CaptureRequest
    let session: GitSession
    let head: ObjectID?
    let specs: [String]

    /// The index of HEAD and the named paths.
    func index(_ quarantine: Quarantine) -> String { quarantine.path + "/only" }

    /// Returns the tree and brings the named paths up to date in the session's index.
    ///
    /// - Parameter large: files to leave out, because they are refused when all the rest is known as well.
    func run(_ quarantine: Quarantine, except large: [CaptureRefusal.NamedSize]) async throws -> ObjectID {
        let only = GitSession(request, index: index(quarantine), quarantine: quarantine)
        _ = try Files.copy(session.index, to: only.index)
        let reset = head.map { ["read-tree", "--reset", $0.hex] } ?? ["read-tree", "--empty"]
        _ = try await only.git.captured(reset, step: "read HEAD into a private index")
        let location = request.location
        let git = only.inPrefix(location)
        let typed = TypedPathspecs(git.environment)
        let added = try await git.add(["-A", "--"] + specs, specs.map(typed.written), except: large)
        guard added.succeeded else {
            if !large.isEmpty { throw CaptureRefusal.tooLarge(large, limit: request.limits.maxFileSize) }
            throw CaptureRefusal.noMatch(added.firstErrorLine)
        }
        let result = try await only.git.captured(["write-tree"], step: "write the tree")
        guard let tree = ObjectID(hex: result.text) else {
            throw CaptureError(code: .gitFailed, operation: "write the tree", message: "git printed no object id")
        }
        if request.indexDirectory != nil {
            let behind = try await GitModeChanges(session: session)
                .staged(against: tree, pathspecs: specs, in: session.inPrefix(location))
            _ = try await session.git.captured(
                ["update-index", "--add", "--remove", "-z", "--stdin"],
                input: Array(behind.map(\.path).joined(separator: [0])), step: "bring the index up to date")
            _ = try await session.git.captured(["write-tree"], step: "bring the index up to date")
        }
        return tree
    }
}

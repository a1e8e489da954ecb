package import GitValues

/// A captured working tree: a tree whose objects are durable in the object store, unless they are left pending or it was
/// a dry run.
///
/// No ref, no index and no file of the user has been written.
package struct Capture: Sendable {
    /// Whose code made the tree.
    package enum Engine: String, Sendable {
        case library
        case git
    }

    /// The tree.
    package let tree: ObjectID
    /// The tree of HEAD; `nil` on an unborn branch.
    package let headTree: ObjectID?
    package let engine: Engine
    /// Why git itself made the tree; `nil` in library mode.
    package let engineReason: String?
    /// What differs from HEAD, sorted by path.
    package let changes: [CapturedChange]
    /// What the user should know, one line each.
    package let warnings: [String]
    /// A tree of the blobs that are staged, and neither in HEAD nor in `tree` at their path; `nil` when there are none.
    package let stagedOnly: ObjectID?
    /// The index for default mode; `nil` when the request named no folder for it.
    package let index: PreparedIndex?
    /// The objects, where they are ours to write: to be finished when the request leaves them pending, and to be held on to
    /// until something refers to them.
    package let objects: CapturedObjects?

    /// Whether the tree is the one HEAD has; an unborn branch has the empty tree.
    package var nothingToDo: Bool { changes.isEmpty && (headTree.map { $0 == tree } ?? true) }
}

/// One path that differs between HEAD and the captured tree.
package struct CapturedChange: Hashable, Sendable {
    /// What happened to the path. A rename is a deletion and an addition.
    package enum Kind: String, Sendable {
        case added
        case modified
        case deleted
        /// File to symbolic link, file to submodule and the like.
        case typeChanged
    }

    /// What a tree has at a path.
    package struct Version: Hashable, Sendable {
        package let id: ObjectID
        package let mode: UInt32

        /// Creates a version; none where there is no object.
        init?(_ id: ObjectID?, mode: UInt32) {
            guard let id else { return nil }
            self.id = id
            self.mode = mode
        }
    }

    /// The path relative to the top of the worktree.
    package let path: [UInt8]
    package let kind: Kind
    /// What HEAD has there; `nil` when the path is new.
    package let old: Version?
    /// What was captured; `nil` when the path is gone. After a dry run its object may not be stored.
    package let new: Version?
    /// The size of the new content; 0 for deletions and submodules.
    package let bytes: Int64

    /// The path as text, damaged bytes replaced.
    package var pathText: String { String(decoding: path, as: UTF8.self) }
}

/// A complete index file, fsynced, that only needs a rename to become the user's; its own name is not waited for.
///
/// It holds what `git add -A && git commit` would leave in place of the one it was made from.
package struct PreparedIndex: Sendable {
    /// Where the file is.
    package let path: String
    /// Where the user's index is or will be.
    package let destination: String
    /// What the user's index was when this one was made from it; `nil` when there was none.
    package let basis: FileIdentity?

    /// Whether the user's index is still the one this was made from.
    package var isCurrent: Bool { FileIdentity(of: destination) == basis }
}

/// Captures the working tree.
///
/// - Throws: `CaptureRefusal` when the answer is no, `CaptureError` when it cannot be done. Nothing has changed then.
package func capture(_ request: CaptureRequest) async throws -> Capture {
    try refuseOperationInProgress(request)
    var request = request
    if request.configuration == nil { request.configuration = try await GitConfiguration.load(request.gitInWorktree) }
    let configuration = request.configuration ?? GitConfiguration { _ in [] }
    var moved: [[UInt8]] = []
    for _ in 0..<3 {
        do {
            return try await captureOnce(request, configuration)
        } catch let error as MovedFiles {
            moved = error.paths
        }
    }
    throw CaptureRefusal.changing(moved.map(\.text))
}

/// Captures in the mode that preflight chooses, or in git mode after all when library mode meets what it does not know.
private func captureOnce(_ request: CaptureRequest, _ configuration: GitConfiguration) async throws -> Capture {
    do {
        let plan = try Preflight(request: request, configuration: configuration).run()
        return try await LibraryCapture(request: request, configuration: configuration, plan: plan).run()
    } catch let reason as Preflight.Reason {
        return try await GitModeCapture(request: request, reason: reason.description).run()
    } catch let obstacle as AttributeFiles.Obstacle {
        return try await GitModeCapture(request: request, reason: obstacle.description).run()
    }
}

/// Files that changed while they were captured.
struct MovedFiles: Error {
    let paths: [[UInt8]]
}

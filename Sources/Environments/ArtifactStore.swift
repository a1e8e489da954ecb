package import GitValues

/// What checks made: files and folders, kept under the key of the verdict they belong to.
///
/// Nothing here is shared with a worktree but blocks that are copied on write, since whoever finds an artifact may
/// change it.
package struct ArtifactStore: Sendable {
    private let snapshots: EnvironmentStore

    /// Creates a store below `<common dir>/gitpatch`.
    package init(_ storeDirectory: String) { snapshots = EnvironmentStore(folder: storeDirectory + "/artifacts") }

    /// Whether artifacts are kept under a key.
    package func contains(_ id: String) -> Bool { snapshots.contains(id) }

    /// Keeps a copy of some paths of a folder, in place of what was kept under the key before.
    ///
    /// - Throws: `EnvironmentProblem.notMade`, `.oddFile` or `.changing`, which name the path; `FileProblem`.
    package func keep(_ id: String, check: String, from top: String, paths: [String], seconds: Double) throws {
        snapshots.remove(id)
        try snapshots.keep(id, name: check, from: top, paths: outermost(paths), seconds: seconds, by: .copy)
    }

    /// Copies what is kept into a folder.
    ///
    /// - Throws: `EnvironmentProblem.damaged` when a kept file is not as it was; `.inTheWay`; `FileProblem`.
    package func restore(_ id: String, into top: String, paths: [String]) throws {
        _ = try snapshots.restore(id, into: top, paths: outermost(paths), by: [.reflink, .copy])
    }

    /// The paths that lie in no other.
    private func outermost(_ paths: [String]) -> [String] {
        Set(paths).filter { path in !paths.contains { path.hasPrefix($0 + "/") } }.sorted()
    }

    /// Forgets what is kept under a key.
    package func remove(_ id: String) { snapshots.remove(id) }

    /// Removes what was not used for long, and the least recently used while all is too large.
    package func prune(maxBytes: Int64, maxAge: TimeSpan) { snapshots.prune(maxBytes: maxBytes, maxAge: maxAge) }
}

import GitValues
import Settings
import Store

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the parts of a check divided among them, so that a part which was given something else is noticed: a name would be
/// in no part, or in two.
///
/// A file for a check, a tree and a number of parts, written by the first part that divides; gone with the verdicts.
package enum SplitNote {
    /// Names the file in the environment of a part.
    static let variable = "GITPATCH_SPLIT"

    static func path(of shard: Shard, tree: ObjectID, in folder: String) -> String {
        let text = "\(shard.check)\n\(tree)\n\(shard.count)"
        return "\(folder)/splits/\(SHA256.hex(Array(text.utf8)).prefix(32))"
    }

    /// Compares what is divided with what other parts have divided.
    ///
    /// - Parameter digest: of the names with their times.
    /// - Throws: `SplitProblem.otherNames` when it differs.
    package static func compare(_ digest: String, _ variables: [String: String]) throws(SplitProblem) {
        guard let path = variables[variable], Files.makeFolder(Files.folder(of: path)) else { return }
        let own = "\(path).\(getpid())"
        // In a box that cannot be written to from inside nothing is noted.
        guard Files.write(Array(digest.utf8), to: own) else { return }
        defer { unlink(own) }
        if link(own, path) == 0 || errno != EEXIST { return }
        if Files.text(path) != digest { throw .otherNames }
    }
}

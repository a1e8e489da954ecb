import CGit2
import GitValues

/// Merges of trees where libgit2 is known to find an answer that git would not give.
///
/// git moves what one side adds to a folder that the other side renamed, or asks; libgit2 knows no renamed folders.
/// libgit2 before 1.8 takes any two empty files for a rename, and a file that one side renamed and the other replaced by
/// a link loses its new name. Each would be a clean merge with another tree than git's.
struct MergeDoubt {
    private let changes: [ChangedPath]
    private let deleted: [[UInt8]]
    private let added: [[UInt8]]
    private let emptyPairs: [[UInt8]]

    /// The hash of the empty blob.
    private static let emptyBlob = ObjectID(hex: "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")

    /// Looks at what one side changed.
    init(_ changes: [ChangedPath]) {
        self.changes = changes
        deleted = changes.filter { $0.kind == .deleted }.map(\.path)
        added = changes.filter { $0.kind == .added }.map(\.path)
        let emptied = changes.filter { $0.kind == .deleted && $0.old?.id == MergeDoubt.emptyBlob }.map(\.path)
        let hasNewEmpty = changes.contains { $0.kind == .added && $0.new?.id == MergeDoubt.emptyBlob }
        emptyPairs = hasNewEmpty ? emptied : []
    }

    /// The paths that make git's answer uncertain when the other side made these changes.
    ///
    /// - Parameter folderRemains: whether this side still has a folder.
    func paths(
        against other: MergeDoubt, folderRemains: ([UInt8]) throws(GitError) -> Bool
    ) throws(GitError) -> [[UInt8]] {
        let touched = Set(other.changes.map(\.path))
        var result = emptyPairs.filter(touched.contains)
        // Something can only have been renamed when something went and something came.
        guard !deleted.isEmpty, !added.isEmpty else { return result }
        result += other.changes.filter { $0.kind == .typeChanged }.map(\.path).filter(Set(deleted).contains)
        let shrunk = Set(deleted.flatMap(folders))
        var known: [[UInt8]: Bool] = [:]
        for path in other.added {
            for folder in folders(of: path) where shrunk.contains(folder) {
                let remains: Bool
                if let answer = known[folder] { remains = answer } else { remains = try folderRemains(folder) }
                known[folder] = remains
                if !remains { result.append(path) }
            }
        }
        return result
    }

    /// The folders above a path, without the root.
    private func folders(of path: [UInt8]) -> [[UInt8]] {
        path.indices.filter { path[$0] == UInt8(ascii: "/") }.map { Array(path[..<$0]) }
    }
}

extension Repository {
    /// The paths for which a clean merge by libgit2 need not be git's; sorted.
    func doubtfulPaths(base: ObjectID?, ours: ObjectID, theirs: ObjectID) throws(GitError) -> [[UInt8]] {
        let (mine, other) = (try changes(from: base, to: ours), try changes(from: base, to: theirs))
        var paths = Set(try pathsMergedByPrograms(mine, other))
        let (oursTree, theirsTree) = (try tree(of: ours), try tree(of: theirs))
        let (mineDoubt, otherDoubt) = (MergeDoubt(mine), MergeDoubt(other))
        paths.formUnion(
            try mineDoubt.paths(against: otherDoubt) { (folder) throws(GitError) in
                try entry(at: folder, in: oursTree)?.mode == .directory
            })
        paths.formUnion(
            try otherDoubt.paths(against: mineDoubt) { (folder) throws(GitError) in
                try entry(at: folder, in: theirsTree)?.mode == .directory
            })
        return paths.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// Files that both sides changed and that git would hand to a configured merge driver or normalise first.
    private func pathsMergedByPrograms(_ ours: [ChangedPath], _ theirs: [ChangedPath]) throws(GitError) -> [[UInt8]] {
        let mine = Dictionary(ours.map { ($0.path, $0.new?.id) }) { first, _ in first }
        let shared = theirs.filter { change in mine[change.path].map { $0 != change.new?.id } ?? false }.map(\.path)
        guard !shared.isEmpty else { return [] }
        let config = try config()
        if isSet("merge.renormalize", config.pointer) { return shared }
        var result: [[UInt8]] = []
        for path in shared {
            guard let driver = try mergeDriver(of: path), !["text", "binary", "union"].contains(driver) else {
                continue
            }
            if isSet("merge.\(driver).driver", config.pointer) { result.append(path) }
        }
        return result
    }

    /// The value of the attribute `merge`; `nil` unless it is a word.
    private func mergeDriver(of path: [UInt8]) throws(GitError) -> String? {
        let operation = "reading the attributes of '\(String(decoding: path, as: UTF8.self))'"
        return try withText(path, operation) { (text) throws(GitError) in
            var value: UnsafePointer<CChar>?
            try check(operation, git_attr_get(&value, pointer, 0, text, "merge"))
            guard git_attr_value(value) == GIT_ATTR_VALUE_STRING else { return nil }
            return String(decoding: bytes(value), as: UTF8.self)
        }
    }

    /// Whether a key is there and is not false.
    private func isSet(_ key: String, _ config: OpaquePointer) -> Bool {
        var value: Int32 = 1
        let status = git_config_get_bool(&value, config, key)
        if status < 0 { git_error_clear() }
        return status != GIT_ENOTFOUND.rawValue && value != 0
    }
}

/// What a capture changes: in the trees, in the index, and in the user's eyes.
struct LibraryChanges: Sendable {
    /// Paths whose mode or blob becomes another than in the index, in its order.
    private(set) var trees: [TreeChange] = []
    /// Entries to write anew, in the order of the index: also those whose file was only touched.
    private(set) var index: [IndexUpdate] = []
    /// What differs from HEAD.
    private(set) var summary: [CapturedChange] = []
    /// Staged blobs that the capture replaces, and HEAD does not have.
    private(set) var lost: [TreeChange] = []

    /// Draws the conclusions from what was read.
    init(_ work: LibraryWork, _ results: [ContentResult]) {
        var sizes: [[UInt8]: Int64] = [:]
        for entry in work.findings.missing {
            index.append(IndexUpdate(entry: entry, path: work.plan.index.path(entry), content: nil))
        }
        for result in results {
            let item = work.items[result.item]
            guard !item.isOnlySearched, let status = result.status else { continue }
            let mode = work.rules.mode(of: status, in: item.entry.map(work.plan.index.mode))
            let content = IndexUpdate.Content(mode: mode, digest: result.digest, status: status)
            index.append(IndexUpdate(entry: item.entry, path: item.path, content: content))
            sizes[item.path] = result.size
        }
        index.sort { comesBefore($0.path, $1.path) }
        var settled: Set<[UInt8]> = []
        for update in index {
            let new = update.content.map { TreeChange.Content(mode: $0.mode, digest: $0.digest) }
            let old = update.entry.map { LibraryChanges.content($0, work.plan.index) }
            if new == old { continue }
            trees.append(TreeChange(path: update.path, content: new))
            summarize(update.path, from: work.head(update.path, entry: update.entry), to: new, sizes[update.path] ?? 0)
            guard let difference = work.staged[update.path] else { continue }
            settled.insert(update.path)
            if let old, difference.head != old, new?.digest != old.digest {
                lost.append(TreeChange(path: update.path, content: old))
            }
        }
        for difference in work.staged.values where !settled.contains(difference.path) {
            let new = difference.entry.map { LibraryChanges.content($0, work.plan.index) }
            let known = difference.entry.map { work.plan.index.withEntry($0) { Int64($0.size) } } ?? 0
            summarize(difference.path, from: difference.head, to: new, sizes[difference.path] ?? known)
        }
        summary.sort { comesBefore($0.path, $1.path) }
    }

    private static func content(_ entry: Int, _ index: IndexFile) -> TreeChange.Content {
        TreeChange.Content(mode: index.mode(entry), digest: index.digest(entry))
    }

    private mutating func summarize(
        _ path: [UInt8], from old: TreeChange.Content?, to new: TreeChange.Content?, _ size: Int64
    ) {
        guard old != new else { return }
        let kind: CapturedChange.Kind
        if let new, let old {
            kind = old.mode & 0o170000 == new.mode & 0o170000 ? .modified : .typeChanged
        } else {
            kind = new == nil ? .deleted : .added
        }
        func version(_ content: TreeChange.Content?) -> CapturedChange.Version? {
            content.flatMap { CapturedChange.Version($0.digest.objectID, mode: $0.mode) }
        }
        summary.append(
            CapturedChange(
                path: path, kind: kind, old: version(old), new: version(new), bytes: new == nil ? 0 : size))
    }
}

import GitValues

/// The history of a shallow clone, read whole: it is short by nature.
///
/// libgit2 before 1.7 does not know where such a history is cut off and stops with an error at the first parent that
/// was not fetched.
struct ShallowHistory {
    private let commits: [ObjectID: Commit]
    private let cut: Set<ObjectID>

    /// Reads everything reachable from some commits; `nil` when the repository is not shallow.
    init?(_ repository: borrowing Repository, from tips: [ObjectID]) throws(GitError) {
        let text =
            try readFile(repository.location.commonDirectory + "/shallow", "reading where history is cut off") ?? []
        let cut = Set(
            text.split(separator: UInt8(ascii: "\n")).compactMap { ObjectID(hex: String(decoding: $0, as: UTF8.self)) })
        guard !cut.isEmpty else { return nil }
        var commits: [ObjectID: Commit] = [:]
        var waiting = tips
        while let id = waiting.popLast() {
            guard commits[id] == nil else { continue }
            let commit = try repository.commit(id)
            commits[id] = commit
            if !cut.contains(id) { waiting += commit.parents }
        }
        self.commits = commits
        self.cut = cut
    }

    /// A commit and everything it contains.
    func reachable(from tips: [ObjectID]) -> Set<ObjectID> {
        var seen: Set<ObjectID> = []
        var waiting = tips
        while let id = waiting.popLast() {
            if seen.insert(id).inserted { waiting += parents(of: id) }
        }
        return seen
    }

    /// The common ancestors that no other common ancestor contains, newest first.
    func mergeBases(_ one: ObjectID, _ two: ObjectID) -> [ObjectID] {
        let common = reachable(from: [one]).intersection(reachable(from: [two]))
        let covered = reachable(from: common.flatMap(parents(of:)))
        return common.subtracting(covered).sorted { (time($0), $0) > (time($1), $1) }
    }

    /// The commits of one tip that others lack: children before parents, newer first.
    func commits(from tip: ObjectID, notIn others: [ObjectID]) -> [Commit] {
        let wanted = reachable(from: [tip]).subtracting(reachable(from: others))
        var children: [ObjectID: Int] = [:]
        for id in wanted { for parent in parents(of: id) { children[parent, default: 0] += 1 } }
        var ready = wanted.filter { children[$0, default: 0] == 0 }
        var result: [Commit] = []
        while let next = ready.max(by: { (time($0), $0) < (time($1), $1) }) {
            ready.remove(next)
            if let commit = commits[next] { result.append(commit) }
            for parent in parents(of: next) where wanted.contains(parent) {
                children[parent, default: 0] -= 1
                if children[parent] == 0 { ready.insert(parent) }
            }
        }
        return result
    }

    private func parents(of id: ObjectID) -> [ObjectID] { cut.contains(id) ? [] : commits[id]?.parents ?? [] }

    private func time(_ id: ObjectID) -> Int64 { commits[id]?.committer.seconds ?? 0 }
}

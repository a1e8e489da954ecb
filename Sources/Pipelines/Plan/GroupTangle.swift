import Settings

extension JobGroup {
    /// The groups without one that waits for itself.
    ///
    /// `after` shares a worktree with `build`, and needs `alone`, which is isolated and needs `build`: the job of the two
    /// would wait for a job that waits for it. Such a check gets a job of its own, in which what it needs is made again.
    static func untangled(_ groups: [JobGroup], _ checks: [CheckDefinition]) -> [JobGroup] {
        var groups = groups
        while let (index, check) = tangle(in: groups) {
            let group = groups[index]
            var moved: Set<String> = [check]
            // Needs come before dependants, so one look finds all that stand on it.
            for other in group.checks where !moved.isDisjoint(with: other.needs) { moved.insert(other.name) }
            moved.formIntersection(group.own)
            guard moved.count < group.own.count else { break }
            groups[index] = JobGroup(owning: group.own.subtracting(moved), as: group, of: checks)
            groups.insert(JobGroup(owning: moved, as: group, of: checks), at: index + 1)
        }
        return groups
    }

    /// A group that waits for itself, and a check of it that makes it wait; `nil` when there is none.
    private static func tangle(in groups: [JobGroup]) -> (index: Int, check: String)? {
        var owner: [String: Int] = [:]
        for (index, group) in groups.enumerated() { for name in group.own { owner[name] = index } }
        func outside(_ check: CheckDefinition, _ group: JobGroup) -> [Int] {
            check.needs.filter { need in !group.checks.contains { $0.name == need } }.compactMap { owner[$0] }
        }
        func reaches(_ start: Int, _ goal: Int) -> Bool {
            var (open, seen): ([Int], Set<Int>) = ([start], [start])
            while let index = open.popLast() {
                if index == goal { return true }
                for next in groups[index].checks.flatMap({ outside($0, groups[index]) })
                where seen.insert(next).inserted {
                    open.append(next)
                }
            }
            return false
        }
        for (index, group) in groups.enumerated() where group.own.count > 1 {
            for check in group.checks where group.own.contains(check.name) {
                if outside(check, group).contains(where: { reaches($0, index) }) { return (index, check.name) }
            }
        }
        return nil
    }

    /// Some of a group's own checks with what they need.
    private init(owning own: Set<String>, as group: JobGroup, of checks: [CheckDefinition]) {
        let judged = checks.filter { own.contains($0.name) }
        let wanted = Set(judged.flatMap { JobGroup.closure(of: $0, in: checks) }.map(\.name))
        self.init(
            checks: JobGroup.topological(checks.filter { wanted.contains($0.name) }), own: own,
            shards: judged.contains { $0.shards > 1 } ? group.shards : 1)
    }
}

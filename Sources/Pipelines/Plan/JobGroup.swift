import GitValues
import Settings

/// Checks that run on one runner, one after the other.
struct JobGroup {
    /// Needs before dependants.
    var checks: [CheckDefinition]
    /// Names of those it is there for; the others prepare a part.
    var own: Set<String>
    /// How many runners share the check that is split.
    var shards = 1

    /// The smallest tier that holds one of its own checks.
    var tier: Tier { checks.filter { own.contains($0.name) }.map(\.tier).min() ?? .standard }

    /// When it runs: checks that run on different occasions would make each other's job start.
    var occasion: String {
        let occasions = checks.filter { own.contains($0.name) }.map { check in
            check.labels.joined(separator: " ") + "\n" + check.paths.map(\.description).joined(separator: "\n")
        }
        return Set(occasions).sorted().joined(separator: "\n\n")
    }

    /// What it waits for besides; a check that waits for something else would be held up in its job.
    var gates: Set<String> {
        let inside = Set(checks.map(\.name))
        return Set(checks.flatMap(\.needs)).subtracting(inside)
    }

    /// Whether both run on the same occasions and wait for the same.
    func isAlike(_ other: JobGroup) -> Bool { occasion == other.occasion && gates == other.gates }

    /// This group and another one as one.
    func joined(with other: JobGroup) -> JobGroup {
        // What both prepare is made once.
        let more = other.checks.filter { check in !checks.contains { $0.name == check.name } }
        return JobGroup(checks: checks + more, own: own.union(other.own), shards: max(shards, other.shards))
    }

    /// Checks that share data, in the order of the file.
    ///
    /// A check that is split has a group of its own, in which what it needs is made for each part. Where nobody else asks
    /// for that, and it runs on the same occasions, it is judged there too.
    static func all(of checks: [CheckDefinition], atMost most: Int) -> [JobGroup] {
        var groups = components(of: checks.filter { $0.shards == 1 }).map { JobGroup($0) }
        for check in checks where check.shards > 1 {
            var group = JobGroup(topological(closure(of: check, in: checks)))
            group.own = [check.name]
            group.shards = max(1, min(check.shards, most))
            let inside = Set(group.checks.map(\.name))
            let others = checks.filter { $0.name != check.name && $0.shards > 1 }
            let shared = Set(others.flatMap { closure(of: $0, in: checks) }.map(\.name))
            groups.removeAll { part in
                let isOnlyForIt =
                    part.own.isSubset(of: inside) && part.own.isDisjoint(with: shared) && part.shards == 1
                    && part.occasion == JobGroup([check]).occasion && part.checks.allSatisfy { $0.tier == check.tier }
                if isOnlyForIt { group.own.formUnion(part.own) }
                return isOnlyForIt
            }
            groups.append(group)
        }
        let places = Dictionary(uniqueKeysWithValues: checks.enumerated().map { ($0.element.name, $0.offset) })
        return untangled(groups, checks).map { group in (group.own.compactMap { places[$0] }.min() ?? 0, group) }
            .sorted { $0.0 < $1.0 }.map(\.1)
    }

    private init(_ checks: [CheckDefinition]) {
        self.init(checks: checks, own: Set(checks.map(\.name)))
    }

    init(checks: [CheckDefinition], own: Set<String>, shards: Int = 1) {
        self.checks = checks
        self.own = own
        self.shards = shards
    }

    /// A check and what must have run in its worktree.
    static func closure(of check: CheckDefinition, in checks: [CheckDefinition]) -> [CheckDefinition] {
        var wanted: Set<String> = [check.name]
        var open = [check]
        while let next = open.popLast() {
            for need in checks
            where !next.isolated && next.needs.contains(need.name) && !need.isolated && need.shards == 1 {
                if wanted.insert(need.name).inserted { open.append(need) }
            }
        }
        return checks.filter { wanted.contains($0.name) }
    }

    private static func components(of checks: [CheckDefinition]) -> [[CheckDefinition]] {
        var root = Dictionary(uniqueKeysWithValues: checks.map { ($0.name, $0.name) })
        func find(_ name: String) -> String {
            var name = name
            while let next = root[name], next != name { name = next }
            return name
        }
        let isolated = Set(checks.filter(\.isolated).map(\.name))
        for check in checks where !check.isolated {
            for need in check.needs where !isolated.contains(need) && root[need] != nil {
                root[find(check.name)] = find(need)
            }
        }
        let groups = Dictionary(grouping: checks) { find($0.name) }
        return checks.compactMap { groups[$0.name] }.map(topological)
    }

    static func topological(_ group: [CheckDefinition]) -> [CheckDefinition] {
        var open = group
        var done: [CheckDefinition] = []
        let names = Set(group.map(\.name))
        while !open.isEmpty {
            let index = open.firstIndex { check in
                check.needs.allSatisfy { need in !names.contains(need) || done.contains { $0.name == need } }
            }
            // Circles were refused when the file was read; were there one, its order would not matter.
            done.append(open.remove(at: index ?? 0))
        }
        return done
    }
}

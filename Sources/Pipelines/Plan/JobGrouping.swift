import GitValues
import Settings

/// Puts checks into jobs.
///
/// Checks that need one another share a worktree, so they share a job: what the first makes is there for the second.
/// Where one of the two is isolated nothing is shared, and the need is a gate between two jobs. Everything else runs side
/// by side, save checks of a few seconds where each job would pay for a started minute.
struct JobGrouping {
    let checks: [CheckDefinition]
    let terms: PipelinePlan.Terms
    let measured: [String: MeasuredTime]

    func jobs() -> [PipelinePlan.Job] {
        let groups = affordable(merged(components()))
        var slugs = Slugs(reserved: ["changes", "gate"])
        var owner: [String: String] = [:]
        var drafts: [(id: String, checks: [CheckDefinition])] = []
        for group in groups {
            let id = slugs.slug(of: group.map(\.name))
            for check in group { owner[check.name] = id }
            drafts.append((id, group))
        }
        let jobs = drafts.map { draft in
            PipelinePlan.Job(
                id: draft.id, title: draft.checks.map(\.name).joined(separator: ", "), checks: draft.checks,
                needs: draft.checks.flatMap(\.needs).compactMap { owner[$0] }.filter { $0 != draft.id }.uniqued(),
                expected: expected(draft.checks), timeout: timeout(draft.checks))
        }
        return ordered(jobs)
    }

    /// Checks that share data, each group in an order that puts needs first; groups in the order of the file.
    private func components() -> [[CheckDefinition]] {
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
        return checks.compactMap { groups[$0.name] }.map(JobGrouping.topological)
    }

    private static func topological(_ group: [CheckDefinition]) -> [CheckDefinition] {
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

    /// Puts short groups together while that saves started minutes and no run gets longer than its longest job.
    private func merged(_ groups: [[CheckDefinition]]) -> [[CheckDefinition]] {
        guard terms.isBilled else { return groups }
        let overhead = PipelinePlan.overhead(terms)
        let longest = groups.compactMap(expected).max() ?? 0
        let room = max(60 - overhead, longest)
        struct Bin {
            var groups: [(offset: Int, checks: [CheckDefinition])]
            var seconds: Double
            let key: String
        }
        var bins: [Bin] = []
        let sized = groups.enumerated().map { (offset: $0.offset, checks: $0.element, seconds: expected($0.element)) }
        for group in sized.sorted(by: { ($0.seconds ?? .infinity) > ($1.seconds ?? .infinity) }) {
            let (mayMerge, key) = (isFree(group.checks), occasion(of: group.checks))
            if mayMerge, let seconds = group.seconds, seconds <= 60,
                let index = bins.firstIndex(where: { $0.key == key && $0.seconds + seconds <= room })
            {
                bins[index].groups.append((group.offset, group.checks))
                bins[index].seconds += seconds
            } else {
                let isShort = mayMerge && (group.seconds ?? .infinity) <= 60
                bins.append(
                    Bin(
                        groups: [(group.offset, group.checks)], seconds: isShort ? group.seconds ?? 0 : .infinity,
                        key: key))
            }
        }
        let sorted = bins.map { $0.groups.sorted { $0.offset < $1.offset } }
        return sorted.sorted { ($0.first?.offset ?? 0) < ($1.first?.offset ?? 0) }.map { $0.flatMap(\.checks) }
    }

    /// Whether a group may share a job with others: no gate is between it and any, and nothing excludes it.
    private func isFree(_ group: [CheckDefinition]) -> Bool {
        let gated = Set(checks.filter(\.isolated).flatMap { [$0.name] + $0.needs })
        return group.allSatisfy { !gated.contains($0.name) && $0.exclusive.isEmpty }
    }

    /// When a group runs: checks that run on different occasions would make each other's job start.
    private func occasion(of group: [CheckDefinition]) -> String {
        let occasions = group.map { check in
            check.labels.joined(separator: " ") + "\n" + check.paths.map(\.description).joined(separator: "\n")
        }
        return Set(occasions).sorted().joined(separator: "\n\n")
    }

    /// Puts further groups together while a run costs more than it may, the cheapest delay first. Nothing is changed where
    /// a time is unknown, or where no grouping would do: then the caller sees what it costs.
    private func affordable(_ groups: [[CheckDefinition]]) -> [[CheckDefinition]] {
        guard let limit = terms.maxCost, terms.isBilled, groups.allSatisfy({ expected($0) != nil }) else {
            return groups
        }
        var groups = groups
        func cost(_ groups: [[CheckDefinition]]) -> Double {
            PipelinePlan.cost(
                of: groups.map { ($0.map(\.tier).min() ?? .standard, expected($0) ?? 0) }, terms)
        }
        while PipelinePlan.isOver(cost(groups), limit) {
            let now = cost(groups)
            var best: (groups: [[CheckDefinition]], saving: Double, seconds: Double)?
            for one in groups.indices {
                for other in groups.indices where other > one && isFree(groups[one]) && isFree(groups[other]) {
                    guard occasion(of: groups[one]) == occasion(of: groups[other]) else { continue }
                    var joined = groups
                    joined[one] += joined.remove(at: other)
                    let (saving, seconds) = (now - cost(joined), expected(joined[one]) ?? 0)
                    guard saving > 1e-9 else { continue }
                    if let best, (best.seconds, -best.saving) <= (seconds, -saving) { continue }
                    best = (joined, saving, seconds)
                }
            }
            guard let best else { break }
            groups = best.groups
        }
        return groups
    }

    private func expected(_ group: [CheckDefinition]) -> Double? {
        var sum = 0.0
        for check in group {
            guard let time = measured[check.name] else { return nil }
            sum += time.median
        }
        return sum
    }

    /// Three times what 95 of 100 runs stay below, never more than the checks may take by themselves.
    private func timeout(_ group: [CheckDefinition]) -> Int {
        let overhead = PipelinePlan.overhead(terms) * 3
        let allowed = group.reduce(0) { $0 + $1.timeout.seconds * Double($1.retries + 1) }
        let high = group.reduce(0.0) { sum, check in sum + (measured[check.name]?.high ?? check.timeout.seconds) }
        let seconds = min(allowed, 3 * high) + overhead
        return min(360, max(5, Int((seconds / 60).rounded(.up))))
    }

    /// Jobs after those they need.
    private func ordered(_ jobs: [PipelinePlan.Job]) -> [PipelinePlan.Job] {
        var open = jobs
        var done: [PipelinePlan.Job] = []
        while !open.isEmpty {
            let index = open.firstIndex { job in job.needs.allSatisfy { need in done.contains { $0.id == need } } }
            done.append(open.remove(at: index ?? 0))
        }
        return done
    }
}

/// Names that a forge's file may use, from names of checks.
struct Slugs {
    private var taken: Set<String>

    init(reserved: Set<String>) { taken = reserved }

    mutating func slug(of names: [String]) -> String {
        var text = ""
        for letter in names.joined(separator: "-").lowercased() {
            if letter.isASCII, letter.isLetter || letter.isNumber {
                text.append(letter)
            } else if text.last != "-" {
                text.append("-")
            }
        }
        text = String(text.prefix(60).drop { $0 == "-" })
        while text.last == "-" { text.removeLast() }
        if text.isEmpty { text = "check" }
        if text.first?.isNumber == true { text = "check-" + text }
        var candidate = text
        var number = 2
        while !taken.insert(candidate).inserted {
            candidate = "\(text)-\(number)"
            number += 1
        }
        return candidate
    }
}

import GitValues
import Settings

/// Puts checks into jobs.
///
/// Checks that need one another share a worktree, so they share a job: what the first makes is there for the second.
/// Where one of the two is isolated nothing is shared, and the need is a gate between two jobs; so it is where a check
/// needs one that is split, because it needs all parts. Everything else runs side by side, save checks of a few seconds
/// where each job would pay for a started minute.
struct JobGrouping {
    let checks: [CheckDefinition]
    let terms: PipelinePlan.Terms
    let measured: [String: MeasuredTime]

    func jobs() -> [PipelinePlan.Job] {
        let groups = affordable(merged(JobGroup.all(of: checks, atMost: PipelinePlan.mostShards(terms))))
        var slugs = Slugs(reserved: Slugs.jobs)
        var owner: [String: String] = [:]
        var drafts: [(id: String, group: JobGroup)] = []
        for group in groups {
            let names = group.checks.map(\.name).filter(group.own.contains)
            let id = slugs.slug(of: names)
            for name in names { owner[name] = id }
            drafts.append((id, group))
        }
        let jobs = drafts.map { draft in
            let inside = Set(draft.group.checks.map(\.name))
            let needs = draft.group.checks.flatMap(\.needs).filter { !inside.contains($0) }
            return PipelinePlan.Job(
                id: draft.id,
                title: draft.group.checks.map(\.name).filter(draft.group.own.contains).joined(separator: ", "),
                checks: draft.group.checks, own: draft.group.own, shards: draft.group.shards,
                needs: needs.compactMap { owner[$0] }.uniqued(), expected: expected(draft.group),
                timeout: timeout(draft.group.checks))
        }
        return ordered(jobs)
    }

    /// Puts short groups together while that saves started minutes and no run gets longer than its longest job.
    private func merged(_ groups: [JobGroup]) -> [JobGroup] {
        guard terms.isBilled else { return groups }
        let overhead = PipelinePlan.overhead(terms)
        let longest = groups.compactMap(expected).max() ?? 0
        let room = max(60 - overhead, longest)
        struct Bin {
            var groups: [(offset: Int, group: JobGroup)]
            var seconds: Double
        }
        var bins: [Bin] = []
        let sized = groups.enumerated().map { (offset: $0.offset, group: $0.element, seconds: expected($0.element)) }
        for item in sized.sorted(by: { ($0.seconds ?? .infinity) > ($1.seconds ?? .infinity) }) {
            let mayMerge = isFree(item.group)
            if mayMerge, let seconds = item.seconds, seconds <= 60,
                let index = bins.firstIndex(where: { bin in
                    bin.seconds + seconds <= room && bin.groups.first?.group.isAlike(item.group) == true
                })
            {
                bins[index].groups.append((item.offset, item.group))
                bins[index].seconds += seconds
            } else {
                let isShort = mayMerge && (item.seconds ?? .infinity) <= 60
                bins.append(Bin(groups: [(item.offset, item.group)], seconds: isShort ? item.seconds ?? 0 : .infinity))
            }
        }
        let sorted = bins.map { $0.groups.sorted { $0.offset < $1.offset } }
        return sorted.sorted { ($0.first?.offset ?? 0) < ($1.first?.offset ?? 0) }.compactMap { bin in
            bin.dropFirst().reduce(bin.first?.group) { $0?.joined(with: $1.group) }
        }
    }

    /// Whether a group may share a job with others: no gate is between it and any, nothing excludes it, and it is not
    /// split.
    private func isFree(_ group: JobGroup) -> Bool {
        let gated = Set(checks.filter(\.isolated).flatMap { [$0.name] + $0.needs })
        return group.checks.allSatisfy { !gated.contains($0.name) && $0.exclusive.isEmpty && $0.shards == 1 }
    }

    /// Puts further groups together, or gives a check fewer parts, while a run costs more than it may, the cheapest delay
    /// first. Nothing is changed where a time is unknown, or where nothing would do: then the caller sees what it costs.
    private func affordable(_ groups: [JobGroup]) -> [JobGroup] {
        guard let limit = terms.maxCost, terms.isBilled, groups.allSatisfy({ expected($0) != nil }) else {
            return groups
        }
        var groups = groups
        func cost(_ groups: [JobGroup]) -> Double {
            PipelinePlan.cost(of: groups.map { ($0.tier, expected($0) ?? 0, $0.shards) }, terms)
        }
        while PipelinePlan.isOver(cost(groups), limit) {
            let now = cost(groups)
            var best: (groups: [JobGroup], saving: Double, seconds: Double)?
            func consider(_ changed: [JobGroup], _ index: Int) {
                let (saving, seconds) = (now - cost(changed), expected(changed[index]) ?? 0)
                guard saving > 1e-9 else { return }
                if let best, (best.seconds, -best.saving) <= (seconds, -saving) { return }
                best = (changed, saving, seconds)
            }
            for one in groups.indices {
                for count in stride(from: groups[one].shards - 1, to: 0, by: -1) {
                    var fewer = groups
                    fewer[one].shards = count
                    consider(fewer, one)
                }
                for other in groups.indices where other > one && isFree(groups[one]) && isFree(groups[other]) {
                    guard groups[one].isAlike(groups[other]) else { continue }
                    var joined = groups
                    joined[one] = joined[one].joined(with: joined.remove(at: other))
                    consider(joined, one)
                }
            }
            guard let best else { break }
            groups = best.groups
        }
        return groups
    }

    /// Seconds on one runner; `nil` when a check was never measured.
    private func expected(_ group: JobGroup) -> Double? {
        var sum = 0.0
        for check in group.checks {
            guard let time = measured[check.name] else { return nil }
            sum += check.shards > 1 ? time.median / Double(group.shards) : time.median
        }
        return sum
    }

    /// Three times what 95 of 100 runs stay below, never more than the checks may take by themselves. A part may take what
    /// the whole check takes: nobody knows how well its work is divided.
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

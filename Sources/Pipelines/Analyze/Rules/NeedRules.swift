import GitValues

/// R1 and R2: which jobs wait without a reason, and what that costs.
struct NeedRules {
    let workflow: Workflow
    let graph: JobGraph
    private let facts: [String: NeedFacts]

    init(workflow: Workflow, graph: JobGraph) {
        self.workflow = workflow
        self.graph = graph
        facts = Dictionary(workflow.jobs.map { ($0.id, NeedFacts($0, in: workflow)) }) { first, _ in first }
    }

    /// A job with the `needs` that carry no data, and those it would have without them.
    struct Needless: Sendable {
        let job: Workflow.Job
        let needs: [String]
        let remaining: [String]
    }

    /// Every job that waits without a reason.
    func needless() -> [Needless] {
        workflow.jobs.compactMap { job in
            guard !job.needs.isEmpty, !isGate(job) else { return nil }
            let sources = self.sources(of: job)
            let kept = job.needs.filter { sources.contains($0) }
            let gone = job.needs.filter { !sources.contains($0) }
            if gone.isEmpty { return nil }
            // Data that came by way of a job that is not waited for any more must still be waited for.
            let covered = Set(kept).union(kept.flatMap { workflow.ancestors(of: $0) })
            let inherited = workflow.jobs.map(\.id).filter { sources.contains($0) && !covered.contains($0) }
            return Needless(job: job, needs: gone, remaining: kept + inherited)
        }
    }

    /// What there is to say of needs.
    struct Result: Sendable {
        /// Each with what its removal saves: what a job saves without all its needless waits stands with the first of
        /// them, since often none of them saves anything alone.
        let findings: [Finding]
        /// The graph without any of them.
        let without: JobGraph
        /// What the fixes take with them: gates wait by themselves for what came by way of others.
        let gates: [LineEdit]
    }

    func findings() -> Result {
        let needless = needless()
        let keeper = GateKeeper(workflow: workflow, isGate: isGate)
        func changes(_ items: [Needless]) -> [String: [String]] {
            Dictionary(items.map { ($0.job.id, $0.remaining) }) { first, _ in first }
        }
        var safe = needless.filter { isSure($0) && fix($0) != nil }
        var kept = keeper.additions(to: changes(safe))
        let stuck = kept.filter { gate, needs in
            guard let job = workflow.job(gate) else { return true }
            return picksResults(job) || edit(job, needs: needs) == nil
        }
        if !stuck.isEmpty {
            safe.removeAll { item in stuck.keys.contains { workflow.ancestors(of: $0).contains(item.job.id) } }
            kept = keeper.additions(to: changes(safe))
        }
        let safeJobs = Set(safe.map(\.job.id))
        let total = graph.seconds
        let findings = needless.flatMap { item -> [Finding] in
            let change = changes([item])
            let added = keeper.additions(to: change)
            let saving = total - graph.with(needs: change.merging(added) { $1 }).seconds
            let then = note(added)
            let others = item.needs.dropFirst().map { "'\($0)'" }.joined(separator: " and ")
            return item.needs.enumerated().map { number, need in
                let wait = self.wait(of: item.job, for: need)
                let isGate = workflow.job(need)?.isPureGate == true
                let isCheap = wait >= 1 && (isGate || NeedRules.isCheap(need))
                let isFirst = number == 0
                let more = isFirst && saving >= 1 && !others.isEmpty ? "; without it and \(others)" : ""
                return Finding(
                    rule: isCheap ? .cheapGate : .needlessNeed, level: saving >= 1 ? .warning : .note,
                    path: workflow.path,
                    line: item.job.node["needs"]?.items.first { $0.text == need }?.line ?? item.job.line(of: "needs"),
                    message: message(item.job.id, need, isCheap ? wait : nil) + more + (isFirst ? then : ""),
                    seconds: isFirst && saving >= 1 ? saving : nil,
                    fix: isFirst && safeJobs.contains(item.job.id) ? fix(item) : nil)
            }
        }
        let all = changes(needless)
        return Result(
            findings: findings, without: graph.with(needs: all.merging(keeper.additions(to: all)) { $1 }),
            gates: kept.compactMap { gate, needs in workflow.job(gate).flatMap { edit($0, needs: needs) } })
    }

    /// What is to be done besides, when a wait is taken away.
    private func note(_ added: [String: [String]]) -> String {
        guard let gate = added.keys.min(), let needs = added[gate] else { return "" }
        let new = needs.filter { workflow.job(gate)?.needs.contains($0) == false }.map { "'\($0)'" }
        let more = added.count > 1 ? ", and \(added.count - 1) more" : ""
        let results = added.keys.contains { workflow.job($0).map(picksResults) == true } ? ", look at the results," : ""
        return "; let '\(gate)'\(more) wait for \(new.joined(separator: " and "))\(results) then"
    }

    private func message(_ job: String, _ need: String, _ wait: Double?) -> String {
        guard let wait else { return "'\(job)' waits for '\(need)' and takes nothing from it" }
        let sign = graph.nodes.allSatisfy(\.isMeasured) ? "" : "~"
        let time = TimeSpan(seconds: wait.rounded())
        return "'\(need)' holds up '\(job)': \(sign)\(time) in each run, to save \(sign)\(cost(of: job)) when it fails"
    }

    /// Seconds that a job starts later for the sake of one it needs.
    private func wait(of job: Workflow.Job, for need: String) -> Double {
        func start(_ graph: JobGraph) -> Double {
            let starts = graph.starts()
            return graph.nodes.filter { $0.job == job.id }.compactMap { starts[$0.name] }.min() ?? 0
        }
        return start(graph) - start(graph.with(needs: [job.id: job.needs.filter { $0 != need }]))
    }

    private func cost(of job: String) -> String {
        let amount = graph.nodes.filter { $0.job == job }.reduce(0.0) { sum, node in
            sum + node.runners.reduce(0) { $0 + max(1, (node.each / 60).rounded(.up)) * $1.perMinute }
        }
        return Money.text(amount)
    }

    // MARK: Reasons

    /// The jobs before this one that it takes something from.
    func sources(of job: Workflow.Job) -> Set<String> {
        guard let takes = facts[job.id] else { return [] }
        return workflow.ancestors(of: job.id).filter { id in
            guard let gives = facts[id] else { return true }
            return takes.named.contains(id.lowercased()) || takes.mayTakeFiles(of: gives)
                || takes.sharesCache(with: gives) || takes.mayTakeImage(of: gives) || takes.mayMeet(gives)
        }
    }

    /// Whether a job is there to wait: it looks at results, or does what cannot be undone.
    private func isGate(_ job: Workflow.Job) -> Bool {
        // Expressions know no case.
        let texts = job.texts.map { $0.text.lowercased() }
        if texts.contains(where: { $0.contains("needs.*") || $0.contains("tojson(needs)") }) { return true }
        let condition = job.condition.lowercased()
        if ["always()", "failure()", "cancelled()", "success()"].contains(where: condition.contains) { return true }
        return job.isPureGate || job.calls != nil || job.actsByName || job.mayWrite(in: workflow) || job.hasSecrets
    }

    /// Whether a job runs whatever fails before it, and looks at the results of jobs that it names one by one: then it has
    /// to name a further one in its steps, too, or passes while that one fails.
    private func picksResults(_ job: Workflow.Job) -> Bool {
        let condition = job.condition.lowercased()
        guard ["always()", "failure()", "cancelled()"].contains(where: condition.contains) else { return false }
        return facts[job.id]?.named.isEmpty == false
    }

    private static func isCheap(_ id: String) -> Bool {
        let words = ["lint", "format", "fmt", "style", "typos", "spell", "commitlint", "prettier"]
        return words.contains(where: id.lowercased().contains)
    }

    // MARK: The fix

    /// Whether nothing is lost for sure: what any other program does may be what the next job meets, what stays on a machine
    /// of one's own, too; and a job is skipped with one that it waits for.
    private func isSure(_ item: Needless) -> Bool {
        let sources = item.needs.map { workflow.job($0) }
        guard item.job.isLocal, sources.allSatisfy({ $0?.isLocal == true && $0?.isPureGate == false }) else {
            return false
        }
        let gone = item.needs.reduce(into: Set(item.needs)) { $0.formUnion(workflow.ancestors(of: $1)) }
        return ([item.job.id] + gone).allSatisfy { id in
            guard let job = workflow.job(id) else { return false }
            let mayBeSkipped = id != item.job.id && !job.condition.isEmpty
            return !mayBeSkipped && job.node["concurrency"] == nil && !mayMeetFiles(job)
        }
    }

    /// Whether it may run where an earlier job has left something: on no machine that is known to be made for it alone.
    private func mayMeetFiles(_ job: Workflow.Job) -> Bool {
        graph.nodes.contains { node in
            node.job == job.id && node.runners.contains { $0 == .ownMachine || $0 == .unknown }
        }
    }

    /// The `needs` of a job without those; only where it stands on lines of its own.
    private func fix(_ item: Needless) -> LineEdit? { edit(item.job, needs: item.remaining) }

    private func edit(_ job: Workflow.Job, needs: [String]) -> LineEdit? {
        guard let pair = job.node.pair("needs") else { return nil }
        let first = pair.key.line
        let last = max(first, pair.value.endLine)
        guard first <= workflow.source.count, last <= workflow.source.count else { return nil }
        let text = workflow.source[first - 1]
        guard text.drop(while: { $0 == " " }).hasPrefix("needs:"), !text.contains("#"), !text.contains("&") else {
            return nil
        }
        let pad = String(repeating: " ", count: pair.key.column)
        let lines =
            switch needs.count {
            case 0: [String]()
            case 1: ["\(pad)needs: \(needs[0])"]
            default: ["\(pad)needs: [\(needs.joined(separator: ", "))]"]
            }
        return LineEdit(line: first, count: last - first + 1, lines: lines)
    }
}

/// Amounts of money as people read them.
package enum Money {
    /// `0.006 USD`, `12.40 USD`.
    package static func text(_ amount: Double) -> String {
        let places = amount < 0.1 ? 1000.0 : 100.0
        let rounded = Int((amount * places).rounded())
        let digits = String(rounded % Int(places))
        let width = places == 1000 ? 3 : 2
        let fraction = String(repeating: "0", count: width - digits.count) + digits
        return "\(rounded / Int(places)).\(fraction) \(Prices.currency)"
    }
}

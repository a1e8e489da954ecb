import GitValues

/// R1 and R2: which jobs wait without a reason, and what that costs.
struct NeedRules {
    let workflow: Workflow
    let graph: JobGraph

    /// One `needs` that carries no data, and the needs a job would have without those.
    struct Needless: Sendable {
        let job: Workflow.Job
        let need: String
        let remaining: [String]
    }

    /// Why a job waits for another.
    enum Reason { case data, gate, none }

    /// Every needless edge.
    func needless() -> [Needless] {
        workflow.jobs.flatMap { job -> [Needless] in
            guard !job.needs.isEmpty, !isGate(job) else { return [] }
            let sources = self.sources(of: job)
            let kept = job.needs.filter { sources.contains($0) }
            // Data that came by way of a job that is not waited for any more must still be waited for.
            let covered = Set(kept).union(kept.flatMap { workflow.ancestors(of: $0) })
            let inherited = workflow.jobs.map(\.id).filter { sources.contains($0) && !covered.contains($0) }
            return job.needs.filter { !sources.contains($0) }.map { need in
                Needless(job: job, need: need, remaining: kept + inherited)
            }
        }
    }

    /// The findings, each with what its removal saves, and one graph without any of them.
    func findings() -> (findings: [Finding], without: JobGraph) {
        let needless = needless()
        var all: [String: [String]] = [:]
        for edge in needless { all[edge.job.id] = edge.remaining }
        let total = graph.seconds
        let findings = needless.map { edge -> Finding in
            let without = graph.with(needs: [edge.job.id: edge.remaining]).seconds
            let isLint = NeedRules.isCheap(edge.need, workflow)
            let saving = total - without
            var message = "'\(edge.job.id)' waits for '\(edge.need)' and takes nothing from it"
            if isLint, let gate = graph.nodes.first(where: { $0.job == edge.need }) {
                let price = cost(of: edge.job.id)
                let wait = TimeSpan(seconds: gate.seconds)
                message =
                    "'\(edge.need)' holds up '\(edge.job.id)': \(wait) in each run, to save \(price) when it fails"
            }
            return Finding(
                rule: isLint ? .cheapGate : .needlessNeed, level: saving >= 1 ? .warning : .note, path: workflow.path,
                line: edge.job.node["needs"]?.items.first { $0.text == edge.need }?.line ?? edge.job.line(of: "needs"),
                message: message, seconds: saving >= 1 ? saving : nil, fix: fix(edge))
        }
        return (findings, graph.with(needs: all))
    }

    private func cost(of job: String) -> String {
        let amount = graph.nodes.filter { $0.job == job }.reduce(0.0) { sum, node in
            sum + node.runners.reduce(0) { $0 + max(1, (node.seconds / 60).rounded(.up)) * $1.perMinute }
        }
        return Money.text(amount)
    }

    // MARK: Reasons

    /// The jobs before this one that it takes something from.
    func sources(of job: Workflow.Job) -> Set<String> {
        let texts = job.texts.map(\.text)
        return workflow.ancestors(of: job.id).filter { id in
            guard let source = workflow.job(id) else { return true }
            let isNamed = texts.contains { text in
                text.contains("needs.\(id).") || text.contains("needs['\(id)']") || text.contains("needs[\"\(id)\"]")
            }
            return isNamed || passesArtifact(from: source, to: job) || passesCache(from: source, to: job)
                || passesImage(from: source, to: job)
        }
    }

    /// Whether a job is there to wait: it looks at results, or does what cannot be undone.
    private func isGate(_ job: Workflow.Job) -> Bool {
        let texts = job.texts.map(\.text)
        if texts.contains(where: {
            $0.contains("needs.*") || $0.contains("toJSON(needs)") || $0.contains("toJson(needs)")
        }) {
            return true
        }
        if ["always()", "failure()", "cancelled()", "success()"].contains(where: job.condition.contains) {
            return true
        }
        if job.node["environment"] != nil || job.calls != nil { return true }
        let name = (job.id + " " + (job.node["name"]?.text ?? "")).lowercased()
        let words = [
            "deploy", "release", "publish", "promote", "merge", "notify", "status", "gate", "pages", "tag",
            "conclusion",
            "all-", "required", "success", "comment", "upload", "clean", "delete", "download", "push", "sign", "done",
            "final", "summary", "report",
        ]
        if words.contains(where: name.contains) { return true }
        let permissions = (job.node["permissions"] ?? workflow.root["permissions"])?.scalars.map(\.text) ?? []
        if job.node["permissions"] != nil, permissions.contains(where: { $0.contains("write") }) { return true }
        // Secrets mean effects elsewhere; the forge's own token, used to read, does not.
        return texts.contains { $0.contains("secrets.") && !$0.contains("secrets.GITHUB_TOKEN") }
            || job.node["secrets"] != nil
    }

    /// Whether files may go from one job to another. Actions may pass some without saying so: one side that says it is
    /// enough, when the other side may.
    private func passesArtifact(from source: Workflow.Job, to job: Workflow.Job) -> Bool {
        func mayBe(_ job: Workflow.Job) -> Bool { job.calls != nil || job.steps.contains { !$0.isInert } }
        func says(_ job: Workflow.Job, but other: String) -> Bool {
            job.texts.contains { $0.text.contains("artifact") && !$0.text.contains(other) }
        }
        let gives = says(source, but: "download-artifact")
        let takes = says(job, but: "upload-artifact")
        return (takes && (gives || mayBe(source))) || (gives && mayBe(job))
            || (source.calls != nil && mayBe(job)) || (job.calls != nil && mayBe(source))
    }

    private func passesCache(from source: Workflow.Job, to job: Workflow.Job) -> Bool {
        func keys(_ job: Workflow.Job) -> Set<String> {
            Set(job.steps.compactMap { $0.input("key") })
        }
        return !keys(source).isDisjoint(with: keys(job))
    }

    private func passesImage(from source: Workflow.Job, to job: Workflow.Job) -> Bool {
        let pushes =
            source.mentions("docker push", "docker buildx", "podman push")
            || source.steps.contains { step in
                step.action == "docker/build-push-action" && step.input("push") != "false"
            }
        return pushes
            && (job.node["container"] != nil || job.node["services"] != nil || job.mentions("docker", "podman"))
    }

    private static func isCheap(_ id: String, _ workflow: Workflow) -> Bool {
        let words = ["lint", "format", "fmt", "style", "typos", "spell", "commitlint", "prettier"]
        return words.contains(where: id.lowercased().contains)
    }

    // MARK: The fix

    /// The `needs` of a job without the edges; only where it stands on lines of its own.
    private func fix(_ edge: Needless) -> LineEdit? {
        guard let pair = edge.job.node.pair("needs") else { return nil }
        let first = pair.key.line
        let last = max(first, pair.value.endLine)
        guard first <= workflow.source.count, last <= workflow.source.count else { return nil }
        let text = workflow.source[first - 1]
        guard text.drop(while: { $0 == " " }).hasPrefix("needs:"), !text.contains("#"), !text.contains("&") else {
            return nil
        }
        let pad = String(repeating: " ", count: pair.key.column)
        let lines =
            switch edge.remaining.count {
            case 0: [String]()
            case 1: ["\(pad)needs: \(edge.remaining[0])"]
            default: ["\(pad)needs: [\(edge.remaining.joined(separator: ", "))]"]
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

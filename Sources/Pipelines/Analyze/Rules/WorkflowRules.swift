/// R4 and R5: superseded runs and filtered workflows.
struct WorkflowRules {
    let workflow: Workflow
    let graph: JobGraph

    func findings() -> [Finding] { concurrency() + sharedGroups() + filters() }

    private func concurrency() -> [Finding] {
        let group = workflow.root["concurrency"]
        if let group {
            let cancels = group["cancel-in-progress"]?.isTrue == true
            let name = group["group"]?.text ?? group.text ?? ""
            if let finding = oneForAll(name, cancels, workflow.root.pair("concurrency")?.key.line ?? 1, of: "") {
                return [finding]
            }
            let isForBranches = workflow.triggers["push"] != nil && workflow.triggers["push"]?["branches"] != nil
            let telling = ["run_id", "github.sha", "github.event_name", "github.event.pull_request.number ||"]
            if cancels, isForBranches, !telling.contains(where: name.contains) {
                return [
                    finding(
                        .concurrency, .note, workflow.root.pair("concurrency")?.key.line ?? 1,
                        "a push to a branch ends the run of the push before it, whose result is then never known")
                ]
            }
            return []
        }
        // Which versions of Gitea and Forgejo know the word is not for a file to tell.
        guard !workflow.isElsewhere, workflow.triggers["pull_request"] != nil,
            !workflow.jobs.allSatisfy({ $0.node["concurrency"] != nil })
        else {
            return []
        }
        var fix: LineEdit?
        if let jobs = workflow.root.pair("jobs"), jobs.key.column == 0 {
            fix = LineEdit(
                line: jobs.key.line, count: 0,
                lines: [
                    "concurrency:",
                    "  group: ${{ github.workflow }}-${{ github.event.pull_request.number || github.run_id }}",
                    "  cancel-in-progress: ${{ github.event_name == 'pull_request' }}", "",
                ])
        }
        return [
            finding(
                .concurrency, .warning, workflow.triggerLine,
                "a newer push to a pull request leaves the older run going", fix: fix)
        ]
    }

    /// Jobs that pull requests start, in a group that is the same for all of them. One behind a condition may be there for
    /// deployments, where that is meant.
    private func sharedGroups() -> [Finding] {
        workflow.jobs.compactMap { job in
            guard job.condition.isEmpty, let group = job.node["concurrency"] else { return nil }
            return oneForAll(
                group["group"]?.text ?? group.text ?? "", group["cancel-in-progress"]?.isTrue == true,
                job.line(of: "concurrency"), of: " of '\(job.id)'")
        }
    }

    private func oneForAll(_ name: String, _ cancels: Bool, _ line: Int, of job: String) -> Finding? {
        guard workflow.isForPullRequests, !name.isEmpty, WorkflowRules.isSame(name) else { return nil }
        let effect =
            cancels
            ? "a run for one pull request ends that of another"
            : "only one run goes on and one waits; of further ones all but the newest are ended"
        return finding(
            .concurrency, .warning, line, "the group\(job) '\(name)' is the same for all pull requests: \(effect)")
    }

    /// Whether a name says the same in every run of a workflow.
    static func isSame(_ name: String) -> Bool {
        var rest = name[...]
        while let start = rest.firstRange(of: "${{") {
            guard let end = rest[start.upperBound...].firstRange(of: "}}") else { return false }
            let expression = rest[start.upperBound..<end.lowerBound].filter { $0 != " " }
            guard ["github.workflow", "github.repository", "github.job"].contains(String(expression)) else {
                return false
            }
            rest = rest[end.upperBound...]
        }
        return true
    }

    private func filters() -> [Finding] {
        for event in ["pull_request", "pull_request_target"] {
            for key in ["paths", "paths-ignore"] {
                guard let pair = workflow.triggers[event]?.pair(key) else { continue }
                return [
                    finding(
                        .filteredWorkflow, .note, pair.key.line,
                        "with '\(key)' a pull request that does not match never gets this check: it must not be required"
                    )
                ]
            }
        }
        return []
    }

    private func finding(
        _ rule: Rule, _ level: Finding.Level, _ line: Int, _ message: String, amount: Double? = nil,
        fix: LineEdit? = nil
    ) -> Finding {
        Finding(rule: rule, level: level, path: workflow.path, line: line, message: message, amount: amount, fix: fix)
    }
}

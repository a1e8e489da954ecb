/// R4 and R5: superseded runs and filtered workflows.
struct WorkflowRules {
    let workflow: Workflow
    let graph: JobGraph

    func findings() -> [Finding] { concurrency() + filters() }

    private func concurrency() -> [Finding] {
        let group = workflow.root["concurrency"]
        if let group {
            let cancels = group["cancel-in-progress"]?.isTrue == true
            let name = group["group"]?.text ?? group.text ?? ""
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
        guard workflow.triggers["pull_request"] != nil, !workflow.jobs.allSatisfy({ $0.node["concurrency"] != nil })
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

/// What is to be analysed.
package struct AnalysisRequest: Sendable {
    package var path: String
    package var bytes: [UInt8]
    package var times: RunTimes
    /// Lines that the checks of the repository run.
    package var checkLines: [String]
    /// Reads other files of the repository.
    package var load: JobGraph.Loader

    /// Creates a request.
    package init(
        path: String, bytes: [UInt8], times: RunTimes = RunTimes(), checkLines: [String] = [],
        load: @escaping JobGraph.Loader = { _ in nil }
    ) {
        self.path = path
        self.bytes = bytes
        self.times = times
        self.checkLines = checkLines
        self.load = load
    }
}

/// What one workflow does, takes and costs, and what could be better.
package struct Analysis: Sendable {
    /// Something one could do, and what it would save.
    package struct WhatIf: Sendable {
        package let change: String
        /// Seconds that a run gets shorter.
        package let seconds: Double
    }

    package let workflow: Workflow
    package let graph: JobGraph
    /// Sorted by line.
    package let findings: [Finding]
    /// Sorted by what they save.
    package let whatIfs: [WhatIf]
    /// Seconds of a run without any needless wait.
    package let secondsWithoutNeedlessWaits: Double
    /// The patch of all safe fixes; empty when there is none.
    package let patch: String

    /// Analyses a workflow.
    ///
    /// - Throws: `YAMLProblem` when it cannot be read.
    package init(_ request: AnalysisRequest) throws(YAMLProblem) {
        workflow = try Workflow(request.bytes, path: request.path)
        graph = JobGraph(workflow, times: request.times, load: request.load)
        let needs = NeedRules(workflow: workflow, graph: graph).findings()
        let others =
            WorkflowRules(workflow: workflow, graph: graph).findings()
            + JobRules(workflow: workflow, graph: graph, checkLines: request.checkLines, times: request.times)
            .findings()
            + CacheRules(workflow: workflow).findings() + SafetyRules(workflow: workflow).findings()
        // Steps that an anchor shares are one place of the file.
        var told: Set<String> = []
        findings = (needs.findings + others).enumerated().sorted { left, right in
            (left.element.line, left.offset) < (right.element.line, right.offset)
        }.map(\.element).filter { told.insert("\($0.rule) \($0.line) \($0.message)").inserted }
        secondsWithoutNeedlessWaits = needs.without.seconds
        whatIfs = Analysis.whatIfs(graph, needs.findings, needs.without)
        patch = FilePatch.text(
            path: workflow.path, source: workflow.source, edits: findings.compactMap(\.fix) + needs.gates)
    }

    private static func whatIfs(_ graph: JobGraph, _ needless: [Finding], _ without: JobGraph) -> [WhatIf] {
        let total = graph.seconds
        var all: [WhatIf] = []
        if needless.count > 1 {
            all.append(WhatIf(change: "no job waits without a reason", seconds: total - without.seconds))
        }
        let critical = Set(graph.criticalPath)
        // What takes no time saves none; of very long chains the longest jobs tell enough.
        let longest = graph.nodes.filter { critical.contains($0.name) }.sorted { $0.seconds > $1.seconds }.prefix(32)
        for node in longest {
            let name = node.name
            func saved(_ seconds: Double) -> Double { total - graph.with(name, taking: seconds).seconds }
            all.append(WhatIf(change: "'\(name)' took no time", seconds: saved(0)))
            if node.uncached > 0 {
                all.append(
                    WhatIf(
                        change: "'\(name)' kept its dependencies in a cache",
                        seconds: saved(node.seconds - node.uncached * 0.8)))
            }
            if node.longestStep > 60 {
                all.append(
                    WhatIf(
                        change: "the longest step of '\(name)' were split in two",
                        seconds: saved(node.seconds - node.longestStep / 2)))
            }
        }
        return Array(all.filter { $0.seconds >= 1 }.sorted { $0.seconds > $1.seconds }.prefix(8))
    }
}

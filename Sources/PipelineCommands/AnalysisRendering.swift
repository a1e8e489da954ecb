import Console
import GitValues
import Pipelines

/// An analysis as a person reads it.
struct AnalysisRendering {
    let console: Console
    let runsPerMonth: Int
    let isVerbose: Bool

    func show(_ analysis: Analysis) {
        let graph = analysis.graph
        let sign = graph.isGuess ? "~" : ""
        let copies = graph.nodes.reduce(0) { $0 + $1.runners.count }
        console.result(
            "\(safeForTerminal(analysis.workflow.path)): \(count(graph.nodes.count, "job")) on \(count(copies, "runner")), \(sign)\(time(graph.seconds)) from start to end"
        )
        console.result("  critical path  \(graph.criticalPath.map { safeForTerminal($0) }.joined(separator: " > "))")
        console.result("  cost           \(cost(graph.cost, sign))")
        if copies > Prices.concurrency.all {
            console.result("  queue          \(copies) runners at once; small plans give \(Prices.concurrency.all)")
        }
        jobs(graph, sign)
        if !analysis.whatIfs.isEmpty {
            console.result("  what if")
            var table = Table()
            for item in analysis.whatIfs {
                table.add(["    " + safeForTerminal(item.change), "-\(sign)\(time(item.seconds))"])
            }
            for line in table.lines() { console.result(line) }
        }
        findings(analysis, sign)
    }

    private func cost(_ cost: JobGraph.Cost, _ sign: String) -> String {
        let own = cost.own > 0 ? "\(sign)\(time(cost.own)) on machines of your own, which nobody bills" : nil
        guard cost.minutes > 0 else { return own ?? "nothing" }
        let month = Money.text(cost.amount * Double(runsPerMonth))
        return
            "\(sign)\(Money.text(cost.amount)) a run: \(cost.minutes) started minutes, of which \(time(cost.wasted)) are rounding; \(month) for \(runsPerMonth) runs (prices of \(Prices.date))"
            + (cost.unknown > 0 ? "; \(count(cost.unknown, "runner")) of unknown kind counted as linux" : "")
            + (own.map { "; and \($0)" } ?? "")
    }

    private func jobs(_ graph: JobGraph, _ sign: String) {
        let starts = graph.starts()
        let slack = graph.slack()
        let critical = Set(graph.criticalPath)
        var table = Table()
        table.add(["  ", "job", "starts", "takes", "setup", "slack", "runners", "waits for"])
        for node in graph.nodes {
            let kinds = Dictionary(grouping: node.runners, by: \.rawValue).map { "\($0.value.count) \($0.key)" }
                .sorted()
            table.add([
                critical.contains(node.name) ? "  *" : "   ", safeForTerminal(node.name), time(starts[node.name] ?? 0),
                (node.isMeasured ? "" : "~") + time(node.seconds),
                node.seconds > 0 ? "\(Int((node.setup / node.seconds * 100).rounded())) %" : "-",
                time(max(0, slack[node.name] ?? 0)),
                kinds.joined(separator: ", ") + (node.isDynamic ? " (or more)" : ""),
                node.needs.isEmpty ? "-" : safeForTerminal(node.needs.joined(separator: ", ")),
            ])
        }
        for line in table.lines() { console.result(line) }
    }

    private func findings(_ analysis: Analysis, _ sign: String) {
        let shown = analysis.findings.filter { isVerbose || $0.level != .note || $0.seconds != nil }
        let hidden = analysis.findings.count - shown.count
        console.result(analysis.findings.isEmpty ? "  nothing found" : "  findings")
        for finding in shown {
            var saving: [String] = []
            if let seconds = finding.seconds { saving.append("-\(sign)\(time(seconds))") }
            if let amount = finding.amount, amount > 0 { saving.append("-\(sign)\(Money.text(amount)) a run") }
            if finding.fix != nil { saving.append("--fix") }
            let tail = saving.isEmpty ? "" : " [\(saving.joined(separator: ", "))]"
            let style: TextStyle = finding.level == .error ? .red : finding.level == .warning ? .yellow : .dim
            console.result(
                "    \(finding.line): \(console.styled(finding.rule.rawValue, style)) \(safeForTerminal(finding.message))\(tail)"
            )
        }
        if hidden > 0 { console.note("  \(count(hidden, "note")) more: --verbose") }
    }

    private func time(_ seconds: Double) -> String {
        TimeSpan(seconds: seconds.rounded()).description.replacing("0 ms", with: "0 s")
    }

    private func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
}

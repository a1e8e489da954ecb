import Console
import GitValues
import Pipelines

/// Which runners jobs need, as a person reads it.
struct AdviceRendering {
    let console: Console
    let runsPerMonth: Int

    func show(_ advice: [RunnerAdvice]) {
        guard !advice.isEmpty else { return }
        let processors = PipelineDesk.processors
        let machine = processors == 1 ? "1 processor" : "\(processors) processors"
        console.result(
            "runners for the jobs of .gitpatch: from runs on this machine with \(machine); \(runsPerMonth) runs a month, prices of \(Prices.date)"
        )
        var table = Table()
        table.add(["  ", "job", "runs", "keeps busy", "holds", "now", "a month", "enough is", "a month"])
        for item in advice { table.add(cells(item)) }
        for line in table.lines() { console.result(line) }
        if advice.contains(where: { $0.best?.kind == .linuxSlim && !$0.fits }) {
            console.result("    linux-slim is ubuntu-slim: few tools, no privileges, and jobs end after 15 minutes")
        }
        for item in advice { for line in remarks(item) { console.result("    \(safeForTerminal(item.job)): \(line)") } }
    }

    private func cells(_ item: RunnerAdvice) -> [String] {
        let best = item.best.map { best in
            item.fits ? ["the same", ""] : [best.kind.rawValue, Money.text(best.amount)]
        }
        return [
            "  ", safeForTerminal(item.job), "\(item.runs)", cores(item.cores),
            ByteSize(bytes: item.memory).description, item.now.kind.rawValue, Money.text(item.now.amount),
        ] + (best ?? ["none", ""])
    }

    private func remarks(_ item: RunnerAdvice) -> [String] {
        var lines: [String] = []
        let held = ByteSize(bytes: item.memory)
        if item.best == nil {
            lines.append("no runner of the price list holds \(held)")
        } else if item.lacksMemory {
            lines.append("\(item.now.kind.rawValue) is too small for \(held)")
        }
        if let best = item.best, !item.fits {
            let (now, then) = (TimeSpan(seconds: item.now.seconds.rounded()), TimeSpan(seconds: best.seconds.rounded()))
            if best.seconds < item.now.seconds / 1.05 { lines.append("its checks take \(then) there, \(now) now") }
        }
        if item.isBound {
            lines.append("it kept all processors of this machine busy; whether more would help, nobody has measured")
        }
        return lines
    }

    private func cores(_ value: Double) -> String {
        let tenths = Int((min(value, 1e6) * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) cores"
    }
}

/// A runner of `git validate ci analyze --json`.
struct RunnerDocument: Encodable {
    struct Choice: Encodable {
        var runner: String
        /// Of the checks of one run.
        var seconds: Double
        var costPerMonth: Double

        init(_ choice: RunnerAdvice.Choice) {
            runner = choice.kind.rawValue
            seconds = choice.seconds
            costPerMonth = choice.amount
        }
    }

    var job: String
    var platform: String
    var runs: Int
    var cores: Double
    var memory: Int64
    var now: Choice
    /// Absent when no runner has the memory.
    var enough: Choice?

    init(_ advice: RunnerAdvice) {
        job = advice.job
        platform = advice.platform
        runs = advice.runs
        cores = advice.cores
        memory = advice.memory
        now = Choice(advice.now)
        enough = advice.best.map { Choice($0) }
    }
}

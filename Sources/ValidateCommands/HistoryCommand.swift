import ArgumentParser
import CommandOptions
import Console
import GitValues
import Store
import Validation

/// `git validate history`.
struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show how long checks take, how often they fail, and how that changes.")

    @Argument(help: "Only this check.")
    var check: String?

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let desk = try await Desk.open()
        let console = options.console
        var all: [CheckHistory] = []
        if Store.exists(in: desk.location.storeDirectory) {
            let store = try Store.open(directory: desk.location.storeDirectory)
            all = try CheckHistory.all(of: check, store: store)
        }
        if options.json {
            console.result(try JSONText.encode(Document(checks: all)))
            return
        }
        guard !all.isEmpty else {
            guard let check else { return console.note("no run is recorded yet") }
            console.report(
                "no run of '\(safeForTerminal(check))' is recorded",
                hints: ["type 'git validate list' to see the checks"])
            throw ExitCode(ExitStatus.refused)
        }
        var table = Table()
        table.add(["check", "runs", "passed", "flaky", "cached", "median", "trend", "last"])
        for item in all { table.add(cells(item)) }
        for line in table.lines() { console.result(line) }
    }

    private struct Document: Encodable {
        var version = 1
        var checks: [CheckHistory]
    }

    private func cells(_ item: CheckHistory) -> [String] {
        let age = TimeSpan(seconds: Timestamp.now().seconds(since: item.last))
        return [
            safeForTerminal(item.check), "\(item.runs)", share(item.passed + item.flaky, of: item.runs),
            share(item.flaky, of: item.runs), share(item.cached, of: item.cached + item.runs),
            item.median.map { TimeSpan(seconds: $0).description } ?? "-",
            item.trend.map { ($0 < 0 ? "" : "+") + "\(Int(($0 * 100).rounded())) %" } ?? "-", "\(age) ago",
        ]
    }

    private func share(_ part: Int, of whole: Int) -> String { whole == 0 ? "-" : "\(part * 100 / whole) %" }
}

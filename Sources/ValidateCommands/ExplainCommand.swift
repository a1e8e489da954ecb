import ArgumentParser
import CommandOptions
import Console
import GitValues
import Settings
import Store
import Validation

/// `git validate explain CHECK`.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say why a check would run or not, and what its verdict depends on.")

    @Argument(help: "The name of the check.")
    var check: String

    @Argument(help: "The commit it is asked for.")
    var revision = "HEAD"

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let desk = try await Desk.open()
        let request = try await desk.request(for: revision, tier: .complete)
        let store = try Store.open(directory: desk.location.storeDirectory)
        let explanation = try await Validation.explain(check, in: request, calling: revision, store: store)
        let console = options.console
        if options.json {
            console.result(try JSONText.encode(Document(explanation: explanation)))
        } else {
            for line in lines(explanation) { console.result(safeForTerminal(line)) }
        }
    }

    private struct Document: Encodable {
        var version = 1
        var explanation: Explanation
    }

    private func lines(_ explanation: Explanation) -> [String] {
        let verb =
            switch explanation.plan {
            case .reuse: "would not run"
            case .run: "would run"
            case .skip: "would be left out"
            }
        var lines = ["\(explanation.check): \(verb): \(explanation.reason)"]
        for part in explanation.shards ?? [] {
            let time = part.expected.map { ", expected to take \(TimeSpan(seconds: $0))" } ?? ""
            lines.append(
                "  part      \(part.name) \(part.plan == .run ? "would run" : "would not"): \(part.reason)\(time)")
        }
        if let shown = explanation.shown { lines.append("  of part   \(shown)") }
        if let verdict = explanation.verdict { lines.append("  verdict   \(text(verdict))") }
        if let last = explanation.lastPass { lines.append("  last pass \(text(last))") }
        for part in explanation.differences {
            lines.append("  changed   \(part.part): \(short(part.before)) -> \(short(part.now))")
        }
        if let key = explanation.key { lines.append("  key       \(key)") }
        if options.verbose {
            for part in explanation.parts { lines.append("  key part  \(part.part) = \(short(part.now))") }
        }
        if let log = explanation.verdict?.log { lines.append("  log       \(log)") }
        if let expected = explanation.expected { lines.append("  expected  \(TimeSpan(seconds: expected))") }
        if explanation.criticalPath.count > 1 {
            let names = Set(explanation.shards?.map(\.name) ?? [explanation.check])
            let isOn = explanation.criticalPath.contains(where: names.contains)
            let chain = explanation.criticalPath.joined(separator: " > ")
            lines.append("  order     \(isOn ? "on" : "not on") the critical path \(chain)")
        }
        return lines
    }

    private func text(_ verdict: Explanation.Verdict) -> String {
        let age = TimeSpan(seconds: Timestamp.now().seconds(since: verdict.recorded))
        let took = TimeSpan(seconds: verdict.duration)
        let origin = verdict.origin.map { ", from \($0)" } ?? ""
        return "\(verdict.passed ? "passed" : "failed") \(age) ago on tree \(verdict.tree.short), took \(took)\(origin)"
    }

    private func short(_ value: String?) -> String {
        guard let value else { return "(absent)" }
        return value.count > 48 ? String(value.prefix(47)) + "…" : value
    }
}

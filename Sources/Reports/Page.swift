package import GitValues
import Pipelines
import Settings
import Validation

/// A report as one page: no script, no file beside it, readable in light and dark, on paper and by ear.
package enum Page {
    /// The document.
    package static func html(_ report: Report, made now: Timestamp = .now()) -> String {
        let period = "\(report.from.day) to \(report.until.day)"
        let title = XMLText.escaped(report.title)
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(title): validation \(period)</title>
            <style>\(Style.text)</style>
            </head>
            <body>
            <a class="skip" href="#main">Skip to the report</a>
            <header>
            <h1>\(title)</h1>
            <p class="dim">Validation, \(period)</p>
            \(headline(report))
            </header>
            <main id="main">
            \(tiles(report))
            \(latest(report))
            \(checks(report))
            \(flakes(report))
            \(queue(report))
            </main>
            <footer class="dim">Made by git validate report, \(now.description.prefix(16).replacing("T", with: " ")) UTC.
            Prices as of \(Prices.date). A change counts when it is beyond three standard errors of the median.</footer>
            </body>
            </html>

            """
    }

    /// The story in one sentence, with a word and a sign beside the colour, and below it what else is worth knowing.
    private static func headline(_ report: Report) -> String {
        if report.runs + report.cached == 0 {
            return "<p class=\"headline\">Nothing was validated in this period.</p>"
        }
        let facts = Page.facts(report)
        guard let first = facts.first else {
            return "<p class=\"headline good\">\u{2714} All is well: nothing got slower, nothing is flaky.</p>"
        }
        let others = facts.dropFirst().prefix(3).map { "<p class=\"also \($0.kind)\">\($0.text)</p>" }.joined()
        return "<p class=\"headline \(first.kind)\">\(first.text)</p>\(others)"
    }

    /// What somebody should look at, the worst first.
    private static func facts(_ report: Report) -> [(kind: String, text: String)] {
        var facts: [(kind: String, text: String)] = []
        if let bad = report.latestFailure {
            let names = bad.isEmpty ? "" : ": \(XMLText.escaped(bad))"
            facts.append(("bad", "\u{2716} The latest run failed\(names)."))
        }
        for check in report.regressions.prefix(2) {
            guard let shift = check.shift else { continue }
            let since = check.since.map { " since \($0.day)" } ?? ""
            facts.append(
                (
                    "warn",
                    "\u{25B2} \(XMLText.escaped(check.name)) got \(percent(shift.share)) slower\(since): \(time(shift.before)) before, \(time(shift.after)) now."
                ))
        }
        if let flaky = report.flakes.first {
            let more = report.flakes.count > 1 ? " \(report.flakes.count) checks are flaky." : ""
            facts.append(
                (
                    "warn",
                    "\u{25CF} Flaky: \(XMLText.escaped(flaky.name)) passed \(flaky.flaky) of \(flaky.runs.count) times only when tried again.\(more)"
                ))
        }
        if report.queue.ejected > 0 {
            let word = report.queue.ejected == 1 ? "patch was" : "patches were"
            facts.append(("warn", "\u{25A0} \(report.queue.ejected) \(word) set aside by the queue."))
        }
        return facts
    }

    private static func tiles(_ report: Report) -> String {
        let failed = report.checks.reduce(0) { $0 + $1.failed }
        let amount = Double(report.minutes) * Prices.Kind.linux.perMinute
        var tiles = [
            ("Checks run", "\(report.runs)", failed == 0 ? "none failed" : "\(failed) failed"),
            (
                "Verdicts reused", report.cacheRate.map { "\(Int(($0 * 100).rounded())) %" } ?? "-",
                "saved \(time(report.saved))"
            ),
            (
                "Patch to landed", report.queue.median.map(time) ?? "-",
                report.queue.high.map { "95 of 100 below \(time($0))" } ?? "none landed"
            ),
            ("Hosted, it would cost", Money.text(amount), "\(report.minutes) started minutes"),
        ]
        if let run = report.latest.flatMap(RunChart.init) {
            let state = report.latest?.outcome?.rawValue ?? ""
            tiles.insert(("Latest run", time(run.seconds), state), at: 0)
        }
        let items = tiles.map { "<li><span>\($0.0)</span><b>\($0.1)</b><small>\($0.2)</small></li>" }
        return "<ul class=\"tiles\" aria-label=\"Key figures\">\(items.joined())</ul>"
    }

    // MARK: Sections

    private static func latest(_ report: Report) -> String {
        guard let run = report.latest, let chart = RunChart(run) else { return "" }
        let reused = run.checks.filter { $0.report?.outcome == .cached }.count
        let chain = chart.bars.filter(\.isCritical).map { XMLText.escaped($0.name) }.joined(separator: " \u{2192} ")
        return """
            <section aria-labelledby="latest"><h2 id="latest">Latest run</h2>
            <p>\(run.started.day), tier \(run.tier.rawValue), \(time(chart.seconds)) with \(run.jobs) at once\(reused > 0 ? "; \(reused) reused" : ""). \
            What decided the time: <strong>\(chain)</strong>.</p>
            \(Charts.gantt(chart))</section>
            """
    }

    private static func checks(_ report: Report) -> String {
        guard !report.checks.isEmpty else { return "" }
        let rows = report.checks.map { check -> String in
            let name = XMLText.escaped(check.name)
            let all = check.runs.count
            let good = check.passed + check.flaky
            let change: String
            if let shift = check.shift {
                let word = shift.share > 0 ? "\u{25B2} +" : "\u{25BC} "
                change = cell("Change", "\(word)\(percent(shift.share))", shift.share > 0 ? "bad" : "good")
            } else {
                change = cell("Change", "steady", "dim")
            }
            let share = all == 0 ? "-" : "\(good * 100 / all) %"
            let reused = all + check.cached == 0 ? "-" : "\(check.cached * 100 / (all + check.cached)) %"
            let cells = [
                cell("Median", check.median.map(time) ?? "-"), change, cell("Trend", Charts.trend(check), "chart"),
                cell("95 %", check.high.map(time) ?? "-"), cell("Passed", share), cell("Reused", reused),
                cell("Saved", time(check.saved)),
            ]
            return "<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">\(name)</th>\(cells.joined())</tr>"
        }
        let basis =
            report.comparedFrom == nil
            ? "the newer half against the older" : "against the period from \((report.comparedFrom ?? report.from).day)"
        return """
            <section aria-labelledby="checks"><h2 id="checks">Checks</h2><p class="dim">Change: \(basis).</p>
            \(table("checks", ["Check", "Median", "Change", "Trend", "95 %", "Passed", "Reused", "Saved"], rows))</section>
            """
    }

    private static func flakes(_ report: Report) -> String {
        guard !report.flakes.isEmpty else { return "" }
        let rows = report.flakes.map { check in
            let share = check.runs.isEmpty ? "-" : "\(check.flaky * 100 / check.runs.count) %"
            return
                "<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">\(XMLText.escaped(check.name))</th>\(cell("Passed only when tried again", "\(check.flaky) of \(check.runs.count)"))\(cell("Share", share))</tr>"
        }
        return """
            <section aria-labelledby="flakes"><h2 id="flakes">Flaky checks</h2>
            \(table("flakes", ["Check", "Passed only when tried again", "Share"], rows))</section>
            """
    }

    /// A table that is cards on a phone, which must not take its roles away.
    private static func table(_ label: String, _ columns: [String], _ rows: [String]) -> String {
        let heads = columns.map { "<th scope=\"col\" role=\"columnheader\">\($0)</th>" }.joined()
        return """
            <div class="scroll" tabindex="0" role="region" aria-labelledby="\(label)"><table role="table"><thead role="rowgroup">\
            <tr role="row">\(heads)</tr></thead>
            <tbody role="rowgroup">\(rows.joined(separator: "\n"))</tbody></table></div>
            """
    }

    private static func cell(_ label: String, _ content: String, _ kind: String? = nil) -> String {
        "<td role=\"cell\" data-label=\"\(label)\"\(kind.map { " class=\"\($0)\"" } ?? "")>\(content)</td>"
    }

    private static func queue(_ report: Report) -> String {
        let queue = report.queue
        guard queue.landed + queue.waiting + queue.ejected > 0 else { return "" }
        return """
            <section aria-labelledby="queue"><h2 id="queue">Queue</h2>
            <p>\(queue.landed) landed, \(queue.waiting) waiting, \(queue.ejected) set aside.\
            \(queue.median.map { " From git patch to landed: \(time($0)) in the middle" } ?? "")\
            \(queue.high.map { ", 95 of 100 within \(time($0))." } ?? "")</p>
            \(Charts.days(queue.days))</section>
            """
    }

    // MARK: Words

    static func time(_ seconds: Double) -> String { TimeSpan(seconds: seconds).description }
    static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}

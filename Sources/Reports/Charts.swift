import GitValues
import Pipelines
import Store
import Validation

/// Pictures of numbers, as inline SVG with a text that says the same.
enum Charts {
    /// Bars over time, the deciding chain strong.
    ///
    /// Lengths are shares of the width and letters are not, so that it can be read on a phone as on a wall: the name stands
    /// above its bar.
    static func gantt(_ chart: RunChart) -> String {
        let (row, foot) = (38.0, 22.0)
        let height = Double(chart.bars.count) * row + foot
        var parts: [String] = []
        for step in 0...4 {
            let anchor = step == 0 ? "start" : step == 4 ? "end" : "middle"
            let label = step == 0 ? "0" : Page.time(chart.seconds * Double(step) / 4)
            let x = "\(25 * step)%"
            parts.append("<line class=\"grid\" x1=\"\(x)\" x2=\"\(x)\" y1=\"0\" y2=\"\(px(height - foot))\"/>")
            let kind = step % 2 == 0 ? "axis" : "axis wide"
            parts.append(
                "<text class=\"\(kind)\" x=\"\(x)\" y=\"\(px(height - 6))\" text-anchor=\"\(anchor)\">\(label)</text>")
        }
        for (index, bar) in chart.bars.enumerated() {
            let y = Double(index) * row
            let kind =
                bar.outcome == .failed || bar.outcome == .timeout ? "failed" : bar.isCritical ? "critical" : "plain"
            let name = XMLText.escaped(bar.name.count > 30 ? String(bar.name.prefix(29)) + "\u{2026}" : bar.name)
            let mark = kind == "failed" ? "\u{2716} " : bar.isCritical ? "\u{25B6} " : ""
            parts.append(
                """
                <g><title>\(XMLText.escaped(bar.name)): \(bar.outcome.rawValue), starts at \(Page.time(bar.start)), takes \(Page.time(bar.seconds))</title>\
                <text x="5" y="\(px(y + 14))">\(mark)\(name) <tspan class="axis">\(Page.time(bar.seconds))</tspan></text>\
                <rect class="\(kind)" x="\(share(bar.start, of: chart.seconds))" y="\(px(y + 19))" \
                width="\(share(bar.seconds, of: chart.seconds))" height="12" rx="3"/></g>
                """)
        }
        let said = chart.bars.map { bar in
            "\(bar.name) from \(Page.time(bar.start)) for \(Page.time(bar.seconds)), \(bar.outcome.rawValue)"
        }.joined(separator: "; ")
        return wide("Latest run: \(said)", height, parts.joined(separator: "\n"), "gantt")
    }

    /// The durations of a check over its runs; failures and flakes marked by form and colour.
    static func trend(_ check: Report.Check) -> String {
        let runs = check.runs.suffix(60)
        guard let top = runs.map(\.duration).max(), top > 0, runs.count > 1 else {
            return "<span class=\"dim\">-</span>"
        }
        let (width, height) = (160.0, 36.0)
        func x(_ index: Int) -> Double { 4 + Double(index) * (width - 8) / Double(runs.count - 1) }
        func y(_ seconds: Double) -> Double { height - 4 - seconds / top * (height - 8) }
        let points = runs.enumerated().map { "\(px(x($0.offset))),\(px(y($0.element.duration)))" }
        var parts = ["<polyline class=\"trend\" points=\"\(points.joined(separator: " "))\"/>"]
        for (index, run) in runs.enumerated() where run.outcome != "passed" {
            let (cx, cy) = (x(index), y(run.duration))
            if run.outcome == "flaky" {
                parts.append("<circle class=\"flaky\" cx=\"\(px(cx))\" cy=\"\(px(cy))\" r=\"3\"/>")
            } else {
                parts.append(
                    "<path class=\"cross\" d=\"M\(px(cx - 3)) \(px(cy - 3))l6 6m0-6l-6 6\"/>")
            }
        }
        let words =
            "\(check.name): \(runs.count) runs, at most \(Page.time(top)), \(check.failed) failed, \(check.flaky) flaky"
        return svg(words, width, height, parts.joined(), "spark")
    }

    /// Landings per day, days without any included.
    static func days(_ days: [(day: String, count: Int)]) -> String {
        guard let most = days.map(\.count).max(), most > 0, days.count > 1 else { return "" }
        let (height, foot, head) = (96.0, 20.0, 18.0)
        let step = 100 / Double(days.count)
        // The busiest is named, and as many others as there is room for.
        let isNamed = days.count <= 12
        var parts = days.enumerated().map { index, item in
            let tall = Double(item.count) / Double(most) * (height - foot - head)
            let x = Double(index) * step
            let number =
                item.count > 0 && (isNamed || item.count == most)
                ? "<text class=\"axis\" x=\"\(px(x + step / 2))%\" y=\"\(px(height - foot - tall - 4))\" text-anchor=\"middle\">\(item.count)</text>"
                : ""
            return """
                <g><title>\(item.day): \(item.count) landed</title><rect class="plain" x="\(px(x + step * 0.1))%" \
                y="\(px(height - foot - tall))" width="\(px(step * 0.8))%" height="\(px(tall))"/>\(number)</g>
                """
        }
        let ends = [(0, "start"), (days.count / 2, "middle"), (days.count - 1, "end")]
        for (index, anchor) in ends where days.count > 2 || anchor != "middle" {
            let x = anchor == "start" ? 0 : anchor == "end" ? 100 : (Double(index) + 0.5) * step
            parts.append(
                "<text class=\"axis\" x=\"\(px(x))%\" y=\"\(px(height - 5))\" text-anchor=\"\(anchor)\">\(days[index].day.suffix(5))</text>"
            )
        }
        parts.append(
            "<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"\(px(height - foot))\" y2=\"\(px(height - foot))\"/>")
        let said = days.filter { $0.count > 0 }.map { "\($0.day): \($0.count)" }.joined(separator: ", ")
        return wide("Landings per day: \(said)", height, parts.joined(), "days")
    }

    /// A picture as wide as the page.
    private static func wide(_ label: String, _ height: Double, _ body: String, _ kind: String) -> String {
        """
        <svg class="\(kind)" role="img" aria-label="\(XMLText.escaped(label))" width="100%" height="\(px(height))">\(body)</svg>
        """
    }

    /// A length as a share of the whole, in percent.
    private static func share(_ part: Double, of whole: Double) -> String {
        whole > 0 ? "\(Double(Int((part / whole * 10_000).rounded())) / 100)%" : "0%"
    }

    private static func svg(
        _ label: String, _ width: Double, _ height: Double, _ body: String, _ kind: String
    ) -> String {
        """
        <svg class="\(kind)" role="img" aria-label="\(XMLText.escaped(label))" viewBox="0 0 \(px(width)) \(px(height))" \
        width="\(px(width))" height="\(px(height))">\(body)</svg>
        """
    }

    /// A number with one place.
    private static func px(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(Double(tenths) / 10)"
    }
}

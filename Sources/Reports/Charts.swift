import GitValues
import Pipelines
import Store
import Validation

/// Pictures of numbers, as inline SVG with a text that says the same.
enum Charts {
    /// Bars over time, the deciding chain strong.
    static func gantt(_ chart: RunChart) -> String {
        let (left, width, row) = (150.0, 720.0, 26.0)
        let scale = (width - left - 60) / chart.seconds
        let height = Double(chart.bars.count) * row + 28
        var parts: [String] = []
        for step in 0...4 {
            let x = left + (width - left - 60) * Double(step) / 4
            let label = Page.time(chart.seconds * Double(step) / 4)
            parts.append("<line class=\"grid\" x1=\"\(px(x))\" x2=\"\(px(x))\" y1=\"0\" y2=\"\(px(height - 24))\"/>")
            parts.append(
                "<text class=\"axis\" x=\"\(px(x))\" y=\"\(px(height - 8))\" text-anchor=\"middle\">\(step == 0 ? "0" : label)</text>"
            )
        }
        for (index, bar) in chart.bars.enumerated() {
            let y = Double(index) * row
            let kind =
                bar.outcome == .failed || bar.outcome == .timeout ? "failed" : bar.isCritical ? "critical" : "plain"
            let wide = max(2, bar.seconds * scale)
            let name = XMLText.escaped(bar.name.count > 20 ? String(bar.name.prefix(19)) + "\u{2026}" : bar.name)
            parts.append(
                """
                <g><title>\(XMLText.escaped(bar.name)): \(bar.outcome.rawValue), starts at \(Page.time(bar.start)), takes \(Page.time(bar.seconds))</title>\
                <text x="\(px(left - 8))" y="\(px(y + 17))" text-anchor="end">\(name)</text>\
                <rect class="\(kind)" x="\(px(left + bar.start * scale))" y="\(px(y + 4))" width="\(px(wide))" height="\(px(row - 8))" rx="3"/>\
                <text class="axis" x="\(px(left + bar.start * scale + wide + 6))" y="\(px(y + 17))">\(Page.time(bar.seconds))</text></g>
                """)
        }
        let said = chart.bars.map { bar in
            "\(bar.name) from \(Page.time(bar.start)) for \(Page.time(bar.seconds)), \(bar.outcome.rawValue)"
        }.joined(separator: "; ")
        return svg("Latest run: \(said)", width, height, parts.joined(separator: "\n"), "gantt")
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

    /// Landings per day.
    static func days(_ days: [(day: String, count: Int)]) -> String {
        guard let most = days.map(\.count).max(), days.count > 1 else { return "" }
        let shown = days.suffix(30)
        let (width, height) = (720.0, 90.0)
        let step = min(90, width / Double(shown.count))
        let parts = shown.enumerated().map { index, item in
            let tall = Double(item.count) / Double(most) * (height - 34)
            let x = Double(index) * step
            return """
                <g><title>\(item.day): \(item.count) landed</title><rect class="plain" x="\(px(x + 3))" y="\(px(height - 18 - tall))" \
                width="\(px(step - 6))" height="\(px(tall))" rx="2"/><text class="axis" x="\(px(x + step / 2))" y="\(px(height - 22 - tall))" \
                text-anchor="middle">\(item.count)</text><text class="axis" x="\(px(x + step / 2))" y="\(px(height - 4))" \
                text-anchor="middle">\(item.day.suffix(5))</text></g>
                """
        }
        let said = shown.map { "\($0.day): \($0.count)" }.joined(separator: ", ")
        return svg("Landings per day: \(said)", width, height, parts.joined(), "days")
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

/// How the page looks: colours of enough contrast in light and dark, tables that scroll by themselves on a phone.
enum Style {
    static let text = """
        :root{color-scheme:light dark;--bg:#fff;--fg:#1a1d21;--dim:#5a6270;--line:#d9dde3;--card:#f5f6f8;--bar:#8fa3bf;\
        --strong:#1f5fbf;--good:#176d37;--warn:#8a5200;--bad:#b3261e}
        @media(prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e8eaed;--dim:#a2abb8;--line:#333a44;--card:#1e2329;\
        --bar:#5d7391;--strong:#7fb2ff;--good:#6fd08c;--warn:#f0b25a;--bad:#ff8a80}}
        *{box-sizing:border-box}body{margin:0 auto;padding:1.2rem;max-width:62rem;background:var(--bg);color:var(--fg);\
        font:16px/1.5 system-ui,sans-serif}h1{font-size:1.5rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .4rem}
        p{margin:.3rem 0}.dim,footer,.axis{color:var(--dim);fill:var(--dim)}footer{margin-top:2rem;font-size:.85rem}
        .skip{position:absolute;left:-99rem}.skip:focus{left:1rem;background:var(--card);padding:.5rem}
        .headline{font-size:1.15rem;font-weight:600;padding:.7rem 1rem;margin:.8rem 0;background:var(--card);border-left:.4rem solid}
        .good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.7rem;list-style:none;padding:0;margin:1rem 0}
        .tiles li{background:var(--card);border-radius:.5rem;padding:.7rem .9rem}.tiles span,.tiles small{display:block;color:var(--dim);\
        font-size:.85rem}.tiles b{font-size:1.35rem;font-variant-numeric:tabular-nums}
        .scroll{overflow-x:auto}.scroll:focus-visible,a:focus-visible{outline:3px solid var(--strong);outline-offset:2px}
        table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{padding:.4rem .7rem;text-align:right;\
        border-bottom:1px solid var(--line);white-space:nowrap}th[scope=row],th:first-child{text-align:left;white-space:normal;\
        overflow-wrap:break-word;min-width:7rem}thead th{color:var(--dim);font-weight:600;font-size:.85rem}
        svg{display:block;font:13px system-ui,sans-serif;fill:var(--fg)}svg.gantt,svg.days{max-width:100%;min-width:34rem;height:auto}
        .grid{stroke:var(--line)}.plain{fill:var(--bar)}.critical{fill:var(--strong)}rect.failed{fill:var(--bad)}.axis{font-size:12px}
        .trend{fill:none;stroke:var(--strong);stroke-width:1.6}.flaky{fill:var(--warn)}.cross{stroke:var(--bad);stroke-width:2;fill:none}
        @media print{body{max-width:none;background:#fff;color:#000}.scroll{overflow:visible}section{break-inside:avoid}.skip{display:none}}
        """
}

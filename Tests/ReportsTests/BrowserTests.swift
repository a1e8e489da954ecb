import Foundation
import GitValues
import Settings
import Store
import SuiteTestSupport
import Testing

@testable import Reports
@testable import Validation

/// The page as a browser lays it out.
struct BrowserTests {
    private static let chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// A name without any place to break it.
    private static let word = String(repeating: "integration_tests_", count: 6)

    private static let runs: [TimingRecord] = {
        guard let tree = ObjectID(hex: String(repeating: "a", count: 40)) else { return [] }
        let start = Timestamp(seconds: 1_780_000_000)
        return (0..<80).map { index in
            let outcomes = ["passed", "passed", "flaky", "passed", "failed", "cached", "passed"]
            let outcome = index % 4 == 3 ? "flaky" : outcomes[index % 7]
            return TimingRecord(
                check: ["unit", "a check with a name that is a good deal longer than others", "lint", word][index % 4],
                tree: tree, outcome: outcome,
                duration: 1 + Double(index % 11), recorded: start.adding(seconds: Double(index) * 3600))
        }
    }()

    /// A run of which each check takes another time, one of them a moment at the end.
    private static func latest() throws -> RunRecord {
        let tree = try #require(ObjectID(hex: String(repeating: "a", count: 40)))
        let start = Timestamp(seconds: 1_780_000_000)
        let bars: [(String, Double, Double, CheckReport.Outcome)] = [
            ("lint", 0, 2, .passed), ("a check with a name that is a good deal longer than others", 0, 41, .passed),
            (word, 2, 3, .passed), ("unit", 41, 340, .failed), ("the last", 380.9, 0.1, .passed),
        ]
        let checks = bars.map { name, begin, seconds, outcome in
            RunRecord.Check(
                name: name, state: .done, started: start.adding(seconds: begin),
                report: CheckReport(name: name, outcome: outcome, duration: seconds), needs: [])
        }
        return RunRecord(
            id: RecordID.make(), owner: .current(), purpose: .asked, commit: nil, tree: tree, tier: .standard, jobs: 2,
            started: start, finished: start.adding(seconds: 381), checks: checks, outcome: .failed, warnings: [])
    }

    /// A page that is wider than the screen would have to be pushed about to be read; tables may, in frames of their own.
    /// Letters of pictures are large enough and none is cut.
    @Test(.enabled(if: chromium != nil), arguments: [360, 390, 1280])
    func nothingIsWiderThanTheScreen(width: Int) async throws {
        try await Scratch.with { scratch in
            let store = try Store.open(directory: scratch.path + "/store")
            for run in Self.runs { try store.save(run) }
            try Data(JSONText.encode(Self.latest()).utf8).write(
                to: URL(fileURLWithPath: RunRecord.latestPath(in: store.directory)))
            let last = try #require(Self.runs.last?.recorded)
            let report = try Report(
                Report.Request(title: "demo", from: last.adding(seconds: -40 * 86_400), until: last), store: store)
            #expect(report.latest != nil)
            let page = Page.html(report, made: last)
            let escaped = page.replacing("&", with: "&amp;").replacing("\"", with: "&quot;")
            let outer = """
                <!doctype html><title>waiting</title>
                <iframe id="frame" style="width:\(width)px;height:4000px;border:0" srcdoc="\(escaped)"></iframe>
                <script>
                onload = () => {
                    const page = document.getElementById("frame").contentDocument;
                    const names = [...page.querySelectorAll("svg")].every(svg => svg.getAttribute("aria-label"));
                    const keys = [...page.querySelectorAll(".scroll")].every(part => part.tabIndex === 0);
                    const words = [...page.querySelectorAll("svg.gantt text")].filter(text => text.getClientRects().length);
                    const cut = words.filter(text => {
                        const box = text.getBoundingClientRect();
                        return box.left < 0 || box.right > \(width) || box.height < 12;
                    }).length;
                    const pushed = [...page.querySelectorAll(".scroll")].filter(part => part.scrollWidth > part.clientWidth).length;
                    document.title = `${page.documentElement.scrollWidth} ${names} ${keys} ${page.querySelectorAll("tbody tr").length} ${words.length} ${cut} ${pushed}`;
                };
                </script>
                """
            let file = scratch.path + "/outer.html"
            try Data(outer.utf8).write(to: URL(fileURLWithPath: file))
            let home = try scratch.makeDirectory("home")
            let result = try await runCommand(
                Self.chromium ?? "chromium",
                [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + home, "--dump-dom",
                    "--virtual-time-budget=3000", "file://" + file,
                ], in: scratch.path, environment: ["HOME": home, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"])
            let title = try #require(
                result.output.firstMatch(
                    of: /<title>([0-9]+) (true|false) (true|false) ([0-9]+) ([0-9]+) ([0-9]+) ([0-9]+)</),
                "\(result)")
            #expect((Int(title.1) ?? 9999) <= width, "the page is \(title.1) wide")
            #expect(title.2 == "true", "every picture says what it shows")
            #expect(title.3 == "true", "what scrolls can be reached with the keyboard")
            #expect((Int(title.4) ?? 0) >= 3)
            #expect((Int(title.5) ?? 0) >= 7 && title.6 == "0", "\(title.6) of \(title.5) words are cut or tiny")
            #expect(title.7 == "0", "no table has to be pushed about")
        }
    }
}

import Console
import Foundation
import SuiteTestSupport
import Testing

@testable import ValidateCommands
@testable import Validation

/// What a run leaves for other programs to read.
struct ReportTests {
    private struct SARIFLog: Decodable {
        struct Run: Decodable {
            struct Tool: Decodable {
                struct Driver: Decodable { var name: String }
                var driver: Driver
            }
            struct Result: Decodable { var ruleId: String? }
            var tool: Tool
            var results: [Result]?
        }
        var version: String
        var runs: [Run]
    }

    @Test func whatChecksReportIsPassedThroughAlsoWhenReused() async throws {
        let checks = """
            [check "lint"]
                run = cp report.in out.sarif
                report = out.sarif
            [check "odd"]
                run = "echo '{\\"runs\\": [' > odd.sarif; exit 1"
                report = odd.sarif

            """
        let linter =
            #"{"version": "2.1.0", "x": {"runs": [1]}, "runs": [{"tool": {"driver": {"name": "lint]\""}}, "results": [{"ruleId": "L1", "n": 1.50}]}]}"#
        try await CheckedRepository.with(checks, files: ["report.in": linter]) { desk in
            let file = desk.repository.scratch.path + "/all.sarif"
            for outcome in ["passed", "cached"] {
                let result = try await desk.validate("--sarif", file)
                #expect(result.exitCode == 1)
                #expect(result.output.contains(outcome) && result.errorOutput.contains("is no SARIF"))
                let data = try Data(contentsOf: URL(fileURLWithPath: file))
                let log = try JSONDecoder().decode(SARIFLog.self, from: data)
                #expect(log.version == "2.1.0")
                #expect(log.runs.map(\.tool.driver.name) == ["git-validate", "lint]\""])
                #expect(log.runs.first?.results?.map(\.ruleId) == ["odd"])
                // Byte for byte: a number is not written in another way.
                #expect(String(decoding: data, as: UTF8.self).contains("1.50"))
            }
        }
    }

    @Test(arguments: ["", "[]", "{", #"{"runs": [}"#, #"{"runs": "x"}"#, #"{"a": {"runs": [1]}}"#, #"{"runs": [1]"#])
    func whatIsNoSARIFIsNotTaken(_ text: String) {
        let runs = SARIF.runsText(in: Array(text.utf8))
        #expect(runs == nil, "\(text)")
    }

    @Test func theTraceShowsEachCheckInALaneOfItsOwn() async throws {
        struct Trace: Decodable {
            struct Event: Decodable {
                var name: String
                var ph: String
                var tid: Int
                var ts: Double?
                var dur: Double?
            }
            var traceEvents: [Event]
        }
        let checks = (1...4).map { "[check \"c\($0)\"]\n    run = sleep 0.1\n" }.joined()
        try await CheckedRepository.with(checks) { desk in
            let file = desk.repository.scratch.path + "/trace.json"
            #expect(try await desk.validate("-j2", "--trace", file).exitCode == 0)
            let trace = try JSONDecoder().decode(Trace.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
            let bars = trace.traceEvents.filter { $0.ph == "X" }
            #expect(bars.map(\.name).sorted() == ["c1", "c2", "c3", "c4"])
            #expect(Set(bars.map(\.tid)).isSubset(of: [0, 1]))
            for lane in [0, 1] {
                var end = 0.0
                for bar in bars.filter({ $0.tid == lane }).sorted(by: { $0.ts ?? 0 < $1.ts ?? 0 }) {
                    #expect(bar.ts ?? 0 >= end)
                    end = (bar.ts ?? 0) + (bar.dur ?? 0)
                }
            }
        }
    }

    /// Checks that run side by side are shown as if they ran one after the other.
    @Test func liveOutputIsInOrder() throws {
        let ends = Pipe()  // No other child gets an end of it, as one of `pipe` would.
        let live = LiveOutput(Console(words: ends.fileHandleForWriting.fileDescriptor))
        live.started("a")
        live.started("b")
        live.wrote("b", Array("b1\n".utf8))
        live.wrote("a", Array("a1\na".utf8))
        live.finished(CheckReport(name: "b", outcome: .passed, duration: 1))
        live.wrote("a", Array("2\u{1B}[2J".utf8))
        live.finished(CheckReport(name: "a", outcome: .failed, duration: 2, reason: "exit 1"))
        try ends.fileHandleForWriting.close()
        let text = ends.fileHandleForReading.readDataToEndOfFile()
        #expect(
            String(decoding: text, as: UTF8.self) == """
                a
                    a1
                    a2?[2J
                    a: failed in 2 s (exit 1)
                b
                    b1
                    b: passed in 1 s

                """)
    }
}

import Foundation
import SuiteTestSupport
import Testing

@testable import Validation

/// Real runs held against the lower bound of their schedule: takes a minute, so only when asked for.
struct RealScheduleTests {
    @Test(.enabled(if: ProcessInfo.processInfo.environment["GITPATCH_LONG"] != nil, "set GITPATCH_LONG"))
    func realRunsStayNearTheLowerBound() async throws {
        var random = SplitMix(state: 4)
        var ratios: [Double] = []
        for _ in 0..<12 {
            let count = Int(random.next() % 6) + 8
            let durations = (0..<count).map { _ in 0.3 + 1.7 * random.unit() * random.unit() }
            var items: [Schedule.Item] = []
            var text = ""
            for index in 0..<count {
                let needs = (0..<index).filter { _ in random.unit() < 0.12 }.map { "c\($0)" }
                items.append(
                    Schedule.Item(
                        name: "c\(index)", needs: needs, exclusive: [], expected: durations[index], failedLast: false))
                text += "[check \"c\(index)\"]\n    run = sleep \(durations[index])\n"
                text += needs.map { "    needs = \($0)\n" }.joined()
            }
            let critical = Schedule.remainingPaths(items).values.max() ?? 0
            let bound = max(durations.reduce(0, +) / 4, critical)
            try await CheckedRepository.with(text) { desk in
                let file = desk.repository.scratch.path + "/trace.json"
                // The first run teaches the durations, the second one is looked at.
                for _ in 0..<2 {
                    let result = try await desk.validate("-j4", "--no-cache", "--trace", file)
                    try #require(result.exitCode == 0)
                }
                struct Trace: Decodable {
                    struct Event: Decodable {
                        var ph: String
                        var ts: Double?
                        var dur: Double?
                    }
                    var traceEvents: [Event]
                }
                let trace = try JSONDecoder().decode(Trace.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
                let bars = trace.traceEvents.filter { $0.ph == "X" }
                try #require(bars.count == count)
                let start = bars.compactMap(\.ts).min() ?? 0
                let end = bars.map { ($0.ts ?? 0) + ($0.dur ?? 0) }.max() ?? 0
                ratios.append((end - start) / 1e6 / bound)
            }
        }
        ratios.sort()
        print("makespan over the lower bound, 12 real runs: \(ratios)")
        #expect(ratios.count == 12)
    }
}

import Testing

@testable import Validation

/// Order of checks, without running any.
struct ScheduleTests {
    private func item(
        _ name: String, _ expected: Double, needs: [String] = [], exclusive: Set<String> = [], failedLast: Bool = false
    ) -> Schedule.Item {
        Schedule.Item(name: name, needs: needs, exclusive: exclusive, expected: expected, failedLast: failedLast)
    }

    @Test func theLongestRemainingPathStartsFirst() {
        let items = [item("a", 5), item("b", 1), item("c", 9, needs: ["b"]), item("d", 2)]
        var schedule = Schedule(items, jobs: 2, failFast: false)
        #expect(schedule.next() == "b")
        #expect(schedule.next() == "a")
        #expect(schedule.next() == nil)
        #expect(schedule.finished("b", good: true).isEmpty)
        #expect(schedule.next() == "c")
    }

    @Test func whatFailedLastStartsFirstOnlyInFailFastMode() {
        let items = [item("long", 100), item("short", 1, failedLast: true)]
        var normal = Schedule(items, jobs: 1, failFast: false)
        var failFast = Schedule(items, jobs: 1, failFast: true)
        #expect(normal.next() == "long")
        #expect(failFast.next() == "short")
    }

    @Test func exclusiveChecksNeverOverlap() {
        let items = [item("a", 3, exclusive: ["port"]), item("b", 2, exclusive: ["port", "x"]), item("c", 1)]
        var schedule = Schedule(items, jobs: 3, failFast: false)
        #expect([schedule.next(), schedule.next(), schedule.next()] == ["a", "c", nil])
        _ = schedule.finished("a", good: true)
        #expect(schedule.next() == "b")
    }

    @Test func aFailureTakesAllThatWaitsForItAlong() {
        let items = [item("a", 1), item("b", 1, needs: ["a"]), item("c", 1, needs: ["b"]), item("d", 1)]
        var schedule = Schedule(items, jobs: 4, failFast: false)
        _ = (schedule.next(), schedule.next())
        #expect(schedule.finished("a", good: false).map(\.name).sorted() == ["b", "c"])
        #expect(schedule.waiting.isEmpty)
    }

    @Test func failFastLooksWhereFailuresAre() {
        func item(_ name: String, touched: Bool = false, hazard: Double = 0) -> Schedule.Item {
            Schedule.Item(
                name: name, needs: [], exclusive: [], expected: name == "long" ? 100 : 1, failedLast: false,
                isTouched: touched, hazard: hazard)
        }
        let items = [
            item("long"), item("shaky", hazard: 0.5), item("touched", touched: true), item("calm", hazard: 0.1),
        ]
        var schedule = Schedule(items, jobs: 4, failFast: true)
        #expect((0..<4).compactMap { _ in schedule.next() } == ["touched", "shaky", "calm", "long"])
        schedule = Schedule(items, jobs: 1, failFast: false)
        #expect(schedule.next() == "long")
    }

    /// Simulates random graphs (8 to 25 checks, long-tailed durations, 4 jobs) and holds the makespan against the lower
    /// bound, the larger of critical path and work over jobs; with exact estimates and with ones that are off by up to
    /// a fifth.
    @Test func makespanStaysNearTheLowerBound() {
        var random = SplitMix(state: 42)
        var (exactRatios, noisyRatios): ([Double], [Double]) = ([], [])
        for _ in 0..<2000 {
            let count = Int(random.next() % 18) + 8
            let durations = (0..<count).map { _ in 0.2 + pow2(random.unit() * 6) }
            let exact = (0..<count).map { index -> Schedule.Item in
                let needs = (0..<index).filter { _ in random.unit() < 0.12 }.map { "\($0)" }
                return item("\(index)", durations[index], needs: needs)
            }
            let noisy = exact.map { item($0.name, $0.expected * (0.8 + 0.4 * random.unit()), needs: $0.needs) }
            let critical = Schedule.remainingPaths(exact).values.max() ?? 0
            let bound = max(durations.reduce(0, +) / 4, critical)
            exactRatios.append(simulate(Schedule(exact, jobs: 4, failFast: false), durations) / bound)
            noisyRatios.append(simulate(Schedule(noisy, jobs: 4, failFast: false), durations) / bound)
        }
        for (name, ratios) in [("exact", exactRatios.sorted()), ("noisy", noisyRatios.sorted())] {
            let mean = ratios.reduce(0, +) / Double(ratios.count)
            let p95 = ratios[ratios.count * 95 / 100]
            print("makespan over the lower bound, 2000 graphs, \(name) estimates: mean \(mean), p95 \(p95)")
            #expect(p95 <= 1.05)
        }
    }

    private func simulate(_ schedule: Schedule, _ durations: [Double]) -> Double {
        var schedule = schedule
        var running: [(name: String, end: Double)] = []
        var now = 0.0
        var finished = 0
        while finished < durations.count {
            while let name = schedule.next() { running.append((name, now + durations[Int(name) ?? 0])) }
            guard let first = running.min(by: { $0.end < $1.end }) else { return .infinity }
            now = first.end
            running.removeAll { $0.name == first.name }
            _ = schedule.finished(first.name, good: true)
            finished += 1
        }
        return now
    }

    private func pow2(_ exponent: Double) -> Double {
        var value = 1.0
        for _ in 0..<Int(exponent) { value *= 2 }
        return value * (1 + exponent - exponent.rounded(.down))
    }
}

/// A small generator with a fixed start, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    mutating func unit() -> Double { Double(next() >> 11) / Double(1 << 53) }
}

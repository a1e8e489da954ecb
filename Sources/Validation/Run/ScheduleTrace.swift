import GitProcess
import Synchronization

/// When each check of a run started and ended, and in which lane: what a trace shows.
package final class ScheduleTrace: Sendable {
    /// One check as it ran.
    package struct Span: Sendable {
        package var name: String
        /// From 0; checks in one lane never overlap.
        package var lane: Int
        /// Seconds since the run began.
        package var start: Double
        package var end: Double
        package var report: CheckReport
    }

    private struct State {
        var open: [String: (lane: Int, start: Double)] = [:]
        var spans: [Span] = []
    }

    private let begin = SuspendingClock().now
    private let state = Mutex(State())

    /// Creates a trace that begins now.
    package init() {}

    /// The checks that have ended, in the order of their start.
    package var spans: [Span] { state.withLock { $0.spans }.sorted { $0.start < $1.start } }

    private var now: Double { (SuspendingClock().now - begin).inSeconds }

    func begin(_ name: String) {
        let now = now
        state.withLock { state in
            let taken = Set(state.open.values.map(\.lane))
            let lane = (0...).first { !taken.contains($0) } ?? 0
            state.open[name] = (lane, now)
        }
    }

    func end(_ report: CheckReport) {
        let now = now
        state.withLock { state in
            guard let open = state.open.removeValue(forKey: report.name) else { return }
            state.spans.append(
                Span(name: report.name, lane: open.lane, start: open.start, end: now, report: report))
        }
    }
}

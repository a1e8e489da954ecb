import Store
import Validation

/// The schedule of a run in the trace event format that Chrome, Perfetto and others show.
enum ChromeTrace {
    private struct Document: Encodable {
        var traceEvents: [Event]
        var displayTimeUnit = "ms"
    }

    private struct Event: Encodable {
        struct Arguments: Encodable {
            var outcome: String?
            var attempts: Int?
            var exit: Int32?
            var reason: String?
            var name: String?
        }

        var name: String
        var ph: String
        var pid = 1
        var tid: Int
        /// Microseconds.
        var ts: Int64?
        var dur: Int64?
        var args: Arguments?
    }

    /// The text of the trace: a row for each lane, a bar for each check.
    static func text(_ spans: [ScheduleTrace.Span]) throws -> String {
        let lanes = Set(spans.map(\.lane)).sorted().map { lane in
            Event(name: "thread_name", ph: "M", tid: lane, args: .init(name: "job \(lane + 1)"))
        }
        let bars = spans.map { span in
            let start = Int64(span.start * 1e6)
            return Event(
                name: span.name, ph: "X", tid: span.lane, ts: start, dur: max(1, Int64(span.end * 1e6) - start),
                args: .init(
                    outcome: span.report.outcome.rawValue, attempts: span.report.attempts, exit: span.report.exit,
                    reason: span.report.reason))
        }
        return try JSONText.encode(Document(traceEvents: lanes + bars)) + "\n"
    }
}

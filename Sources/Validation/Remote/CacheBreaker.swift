import GitValues
import Store

/// Stops asking a cache that does not answer: after three failures in a row not at all in this run, and not for a minute
/// in those that follow, twice as long each time it fails again.
struct CacheBreaker {
    private struct Note: Codable {
        var until: Timestamp
        var times: Int
    }

    private static let fact = "remote-cache/breaker"
    private static let most = 3
    private var failures = 0
    private var wasTripped = false
    private var hasWorked = false
    private var times = 0

    /// Whether the cache may be asked.
    private(set) var isClosed = true

    init() {}

    /// Reads what earlier runs found.
    init(_ store: borrowing Store, now: Timestamp = .now()) throws {
        guard let text = try store.fact(Self.fact), let note = try? JSONText.decode(Note.self, from: text) else {
            return
        }
        times = note.times
        isClosed = note.until.seconds(since: now) <= 0
    }

    /// Answers that are worth another try: overload, and servers that are not well.
    static func isPassing(_ status: Int) -> Bool { [408, 429, 500, 502, 503, 504].contains(status) }

    mutating func worked() {
        failures = 0
        hasWorked = true
    }

    /// Notes a failure; one that kept us waiting is enough.
    mutating func failed(atOnce: Bool = false) {
        failures += atOnce ? Self.most : 1
        guard failures >= Self.most else { return }
        isClosed = false
        wasTripped = true
    }

    /// Remembers the state for runs that follow. A note that cannot be written costs a wait, and nothing else.
    func save(to store: borrowing Store, now: Timestamp = .now()) {
        if wasTripped {
            let length = 60.0 * Double(1 << min(times, 6))
            let note = Note(until: now.adding(seconds: length), times: times + 1)
            try? store.setFact(Self.fact, to: try JSONText.encode(note))
        } else if hasWorked, times > 0 {
            try? store.setFact(Self.fact, to: nil)
        }
    }
}

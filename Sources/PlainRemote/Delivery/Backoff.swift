package import GitValues

/// How long to wait after failures: doubling, with jitter so that many clones do not knock together.
package enum Backoff {
    /// The longest wait, in seconds.
    package static let limit = 30.0

    /// Seconds to wait after so many failed attempts: the first within 2 s, never more than `limit`.
    package static func seconds(afterAttempts attempts: Int, using generator: inout some RandomNumberGenerator)
        -> Double
    {
        let full = min(limit, Double(1 << min(max(attempts - 1, 0), 10)))
        return full * Double.random(in: 0.5...1, using: &generator)
    }

    /// As above, with the system's random numbers.
    package static func seconds(afterAttempts attempts: Int) -> Double {
        var generator = SystemRandomNumberGenerator()
        return seconds(afterAttempts: attempts, using: &generator)
    }

    /// When to try again after so many failed attempts.
    package static func time(afterAttempts attempts: Int, from now: Timestamp = .now()) -> Timestamp {
        now.adding(seconds: seconds(afterAttempts: attempts))
    }
}

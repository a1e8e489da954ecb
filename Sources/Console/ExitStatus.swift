/// The exit codes every executable of the suite uses; they are documented and stable.
package enum ExitStatus {
    /// Done, or safely queued and not yet delivered.
    package static let done: Int32 = 0
    /// A real "no": a check failed, a conflict, a refusal, nothing to do.
    package static let refused: Int32 = 1
    /// The command line is wrong.
    package static let usage: Int32 = 64
    /// Something needed is missing or unreachable.
    package static let unavailable: Int32 = 69
    /// A defect of ours.
    package static let internalError: Int32 = 70
    /// Try again: a lock, a rate limit.
    package static let tryAgain: Int32 = 75
    /// The configuration is wrong.
    package static let configuration: Int32 = 78

    /// The code of a process that a signal ended.
    package static func signal(_ number: Int32) -> Int32 { 128 + number }
}

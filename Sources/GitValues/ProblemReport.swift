/// What every coded error of the suite can tell: a stable code, one line of text, and what to type next.
///
/// Commands print it as `error:` and `hint:` lines and put it into the `errors` of their JSON.
package protocol ProblemReport: Error, Sendable, CustomStringConvertible {
    /// A stable, hyphenated word for machines: `nothing-to-do`, `branch-exists`.
    var problemCode: String { get }
    /// Paths the problem is about, relative to the top of the worktree.
    var problemPaths: [String] { get }
    /// A command to type or a setting to change, one per line of output.
    var hints: [String] { get }
    /// The exit code of DESIGN section 3: 1, 69, 70, 75 or 78.
    var exitStatus: Int32 { get }
    /// What is reported one by one, each with its own hints, where several things are wrong at once; else this alone.
    var parts: [any ProblemReport] { get }
}

extension ProblemReport {
    package var problemPaths: [String] { [] }
    package var hints: [String] { [] }
    package var parts: [any ProblemReport] { [self] }
}

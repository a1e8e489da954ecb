import GitProcess
package import GitValues

/// Why a push is held back. Every one of them is exit 1 and says how to go on.
package enum PushProblem: ProblemReport, Equatable {
    /// Checks did not pass; the names of the references and of the checks.
    case failed(references: String, checks: [String])
    /// All checks passed, but take longer than `validate.enforceTargets` allows; what is told about it.
    case late(references: String, String)
    /// The budget is used up; the checks go on without the push.
    case overBudget(TimeSpan, remaining: TimeSpan?)
    /// The background run ended without a report; why, and what to do about it.
    case lost(String, hints: [String])
    /// What git wrote for the hook is not understood.
    case malformedInput
    /// What is pushed could not be looked at; the reason and what to do about it.
    case notJudged(String, hints: [String])

    package var problemCode: String {
        switch self {
        case .failed: "checks-failed"
        case .late: "over-target"
        case .overBudget: "over-budget"
        case .lost: "validation-lost"
        case .malformedInput: "malformed-input"
        case .notJudged: "not-judged"
        }
    }

    package var exitStatus: Int32 { 1 }

    package var description: String {
        switch self {
        case .failed(let references, let checks):
            "push of \(references) held back: \(checks.joined(separator: ", ")) did not pass"
        case .late(let references, let text):
            "push of \(references) held back: \(text), and validate.enforceTargets is set"
        case .overBudget(let budget, _):
            "push held back: the checks need longer than \(budget); they go on in the background"
        case .lost(let reason, _): "push held back: the checks came to no result: \(reason)"
        case .malformedInput: "push held back: the lines git wrote for the pre-push hook are not understood"
        case .notJudged(let reason, _): "push held back: \(reason)"
        }
    }

    package var hints: [String] {
        let isDelivery = ProcessEnvironment.value(of: "GITPATCH_DELIVERY") != nil
        let skip =
            "to push without the checks: "
            + (isDelivery ? "GITPATCH=0 git patch resume" : "git push --no-verify")
        switch self {
        case .failed where isDelivery:
            return ["mend it and type 'git patch update'; 'git validate' shows the same result", skip]
        case .failed: return ["mend it and push again; 'git validate' shows the same result", skip]
        case .late: return ["type 'git validate history' to see which checks take long", skip]
        case .overBudget(_, let remaining):
            let time = remaining.map { "in about \($0)" } ?? "when 'git validate status' shows no run"
            return ["validated soon, push again \(time)", skip]
        case .lost(_, let hints) where !hints.isEmpty: return hints + [skip]
        case .lost, .malformedInput: return ["type 'git validate' to see more", skip]
        case .notJudged(_, let hints): return hints + [skip]
        }
    }
}

/// The rules that workflows are judged by.
package enum Rule: String, Sendable, CaseIterable, Codable {
    case needlessNeed = "R1"
    case cheapGate = "R2"
    case noTimeout = "R3"
    case concurrency = "R4"
    case filteredWorkflow = "R5"
    case looseGate = "R6"
    case cacheKey = "R7"
    case cacheFromPullRequest = "R8"
    case wholeHistory = "R9"
    case matrix = "R10"
    case dearPlatform = "R11"
    case longSteps = "R12"
    case permissions = "R13"
    case unpinned = "R14"
    case injection = "R15"
    case dangerousTrigger = "R16"
    case oldAction = "R17"
    case movingImage = "R18"
    case secondTruth = "R19"
    case unpublished = "R20"

    /// What the rule asks for, in one line.
    package var summary: String {
        switch self {
        case .needlessNeed: "a job waits only for data or for a gate"
        case .cheapGate: "a cheap check does not hold up tests"
        case .noTimeout: "every job has a timeout"
        case .concurrency: "a newer push to a pull request ends the older run, and nothing else is ended"
        case .filteredWorkflow: "a required workflow has no path filter"
        case .looseGate: "a gate looks at the result of every job it waits for"
        case .cacheKey: "a cache key changes with what it holds, and its fallbacks are prefixes of it"
        case .cacheFromPullRequest: "only the default branch writes caches"
        case .wholeHistory: "a checkout takes no more history than is read"
        case .matrix: "a matrix ends early on pull requests and is not held back"
        case .dearPlatform: "dear platforms run where their code differs"
        case .longSteps: "long independent steps run side by side"
        case .permissions: "every token has only the permissions it needs"
        case .unpinned: "actions are pinned by commit"
        case .injection: "text of others never becomes code"
        case .dangerousTrigger: "code of others never runs with secrets"
        case .oldAction: "actions run on a supported runtime"
        case .movingImage: "runner images are fixed"
        case .secondTruth: "a pipeline runs the same checks as a developer"
        case .unpublished: "results are published, also of a failure"
        }
    }
}

/// One thing that a workflow does not do as a rule asks.
package struct Finding: Sendable {
    /// How much it matters: what can hurt, what costs, what could be better.
    package enum Level: String, Sendable, Codable { case error, warning, note }

    package let rule: Rule
    package let level: Level
    package let path: String
    package let line: Int
    package let message: String
    /// Seconds that a run gets shorter.
    package var seconds: Double?
    /// Money that a run gets cheaper, where minutes are billed.
    package var amount: Double?
    /// A change of lines that does what the finding asks and nothing else.
    package var fix: LineEdit?
}

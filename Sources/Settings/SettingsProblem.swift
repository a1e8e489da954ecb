package import GitValues

/// One thing that is wrong in the configuration: where it stands, what it is, and how to mend it.
package struct SettingsProblem: ProblemReport, Hashable {
    /// What kind of mistake it is.
    package enum Code: String, Sendable {
        case syntax = "config-syntax"
        case unknownSection = "config-unknown-section"
        case unknownKey = "config-unknown-key"
        case badValue = "config-bad-value"
        case forbiddenKey = "config-forbidden-key"
        case badCheck = "config-bad-check"
        case unreadable = "config-unreadable"
        case noEffect = "config-no-effect"
    }

    package let code: Code
    /// Where the value stands.
    package let origin: SettingOrigin
    /// The full name of the key or section; `nil` where the mistake belongs to none.
    package let key: String?
    /// What is wrong, a lower-case fragment.
    package let message: String
    package let hints: [String]

    /// Creates a problem.
    package init(code: Code, origin: SettingOrigin, key: String? = nil, message: String, hints: [String] = []) {
        self.code = code
        self.origin = origin
        self.key = key
        self.message = message
        self.hints = hints
    }

    package var problemCode: String { code.rawValue }
    package var problemPaths: [String] { origin.scope == .committed ? [CommittedFile.path] : [] }
    package var exitStatus: Int32 { 78 }
    package var description: String { "\(origin): \(message)" }
}

/// All problems of a configuration, so that they can be mended in one go; there is at least one.
package struct SettingsError: ProblemReport, Hashable {
    /// The problems in the order of the sources and their lines.
    package let problems: [SettingsProblem]

    /// Creates the error of a single problem.
    package init(_ problem: SettingsProblem) { problems = [problem] }

    /// Creates the error; `nil` when there is no problem.
    package init?(_ problems: [SettingsProblem]) {
        guard !problems.isEmpty else { return nil }
        self.problems = problems
    }

    package var problemCode: String { problems.first?.problemCode ?? SettingsProblem.Code.unreadable.rawValue }
    package var exitStatus: Int32 { 78 }
    package var description: String { problems.map(\.description).joined(separator: "\n") }
    package var parts: [any ProblemReport] { problems }

    package var problemPaths: [String] {
        problems.contains { !$0.problemPaths.isEmpty } ? [CommittedFile.path] : []
    }

    package var hints: [String] {
        var seen: Set<String> = []
        return problems.flatMap(\.hints).filter { seen.insert($0).inserted }
    }
}

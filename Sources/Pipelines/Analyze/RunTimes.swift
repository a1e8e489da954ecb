import GitValues
import Store

/// How long jobs and steps took in recorded runs.
package struct RunTimes: Sendable {
    private var jobs: [String: [Double]] = [:]
    private var steps: [String: [String: [Double]]] = [:]
    /// Of steps whichever job they are in.
    private var planned: [String: Double] = [:]

    /// Nothing recorded.
    package init() {}

    /// The times that a generated file was planned with; `nil` for any other file.
    package init?(plannedIn text: String) {
        guard let measured = plannedTimes(in: text), !measured.isEmpty else { return nil }
        for (check, time) in measured { planned[Quoting.title(check)] = time.median }
    }

    /// Whether nothing is recorded.
    package var isEmpty: Bool { jobs.isEmpty }

    /// Reads an export: the answer of the forge's "jobs of a run" (one, a list of them, or one per line), or the log
    /// that `act --json` writes.
    ///
    /// - Throws: `HistoryProblem` when there is no finished job in it.
    package init(_ text: String, path: String) throws(HistoryProblem) {
        if let list = try? JSONText.decode([Answer].self, from: text) {
            for answer in list { take(answer) }
        } else if let answer = try? JSONText.decode(Answer.self, from: text), answer.jobs != nil {
            take(answer)
        } else {
            // Other lines among the log's are no events.
            let events = text.split(separator: "\n").map(String.init)
            for line in events {
                if let answer = try? JSONText.decode(Answer.self, from: line), answer.jobs != nil { take(answer) }
            }
            take(events.compactMap { try? JSONText.decode(Event.self, from: $0) })
        }
        guard !jobs.isEmpty else { throw HistoryProblem(path: path) }
    }

    /// The median seconds of a job by one of its names.
    package func job(_ names: [String]) -> Double? { names.lazy.compactMap { Statistics.median(jobs[$0] ?? []) }.first }

    /// The median seconds of a step of a job.
    package func step(_ title: String, of names: [String]) -> Double? {
        names.lazy.compactMap { Statistics.median(steps[$0]?[title] ?? []) }.first ?? planned[title]
    }

    // MARK: The forge's answer

    private struct Answer: Decodable {
        struct Job: Decodable {
            struct Step: Decodable {
                var name: String
                var start: String?
                var end: String?

                enum CodingKeys: String, CodingKey {
                    case name
                    case start = "started_at"
                    case end = "completed_at"
                }
            }
            var name: String
            var conclusion: String?
            var start: String?
            var end: String?
            var steps: [Step]?

            enum CodingKeys: String, CodingKey {
                case name, conclusion, steps
                case start = "started_at"
                case end = "completed_at"
            }
        }
        var jobs: [Job]?
    }

    private mutating func take(_ answer: Answer) {
        for job in answer.jobs ?? [] where job.conclusion != "skipped" && job.conclusion != "cancelled" {
            guard let seconds = RunTimes.seconds(job.start, job.end) else { continue }
            jobs[job.name, default: []].append(seconds)
            for step in job.steps ?? [] {
                guard let seconds = RunTimes.seconds(step.start, step.end) else { continue }
                steps[job.name, default: [:]][step.name, default: []].append(seconds)
            }
        }
    }

    private static func seconds(_ start: String?, _ end: String?) -> Double? {
        guard let start = start.flatMap({ Timestamp($0) }), let end = end.flatMap({ Timestamp($0) }), end >= start
        else { return nil }
        return end.seconds(since: start)
    }

    // MARK: The log of act

    private struct Event: Decodable {
        var jobID: String?
        var matrix: [String: String]?
        var step: String?
        var stepID: [String]?
        var executionTime: Double?
        var jobResult: String?
    }

    /// A job takes what its steps take: the log's clock has seconds only. A job that ends begins anew with its next event.
    private mutating func take(_ events: [Event]) {
        var open: [String: Double] = [:]
        for event in events {
            guard let job = event.jobID else { continue }
            if let nanoseconds = event.executionTime, (event.stepID?.count ?? 1) == 1 {
                open[job, default: 0] += nanoseconds / 1e9
                if let step = event.step { steps[job, default: [:]][step, default: []].append(nanoseconds / 1e9) }
            }
            if event.jobResult != nil, let seconds = open.removeValue(forKey: job) {
                jobs[job, default: []].append(seconds)
            }
        }
    }
}

/// A history that says nothing.
package struct HistoryProblem: ProblemReport {
    package let path: String
    package var problemCode: String { "no-history" }
    package var problemPaths: [String] { [path] }
    package var exitStatus: Int32 { 78 }
    package var description: String { "'\(path)' holds no finished job" }
    package var hints: [String] { ["export one: \(HistoryProblem.export)"] }

    /// What to type for the times of a run.
    package static let export = "gh api repos/OWNER/NAME/actions/runs/ID/jobs > FILE, or: act --json > FILE"
}

/// What steps take where nothing is recorded: rough, and said to be so.
enum Priors {
    /// Seconds of a step.
    static func seconds(_ step: Workflow.Step) -> Double {
        if let action = step.action {
            for (name, seconds) in actions where action.hasPrefix(name) { return seconds }
            return 10
        }
        let line = (step.run ?? "").lowercased()
        if looksAtResults(step) { return 1 }
        if tellsOutputs(line) || line.contains("github_step_summary") { return 3 }
        return words.filter { word in word.any.contains { line.contains($0) } }.map(\.seconds).max() ?? 5
    }

    private static func looksAtResults(_ step: Workflow.Step) -> Bool {
        let texts = (step.node["env"]?.scalars.map(\.text) ?? []) + [step.run ?? ""]
        return texts.contains { $0.contains("needs.") && $0.contains(".result") }
    }

    /// Whether a step only finds something out for others.
    static func tellsOutputs(_ line: String) -> Bool {
        line.contains("github_output") && (line.contains("git diff") || line.contains("echo"))
    }

    /// Seconds that a job takes besides its steps.
    static let job = 5.0

    /// Whether a step only prepares: it is the same in every job, and a cache or an image makes it shorter.
    static func isSetup(_ step: Workflow.Step) -> Bool {
        if let action = step.action {
            return action.hasPrefix("actions/checkout") || action.hasPrefix("actions/cache") || action.contains("setup")
                || action.contains("rust-toolchain")
        }
        return isInstall(step)
    }

    /// Whether a step fetches dependencies.
    static func isInstall(_ step: Workflow.Step) -> Bool {
        let line = (step.run ?? "").lowercased()
        let verbs = [
            "npm ci", "npm install", "yarn install", "pnpm install", "pip install", "poetry install", "uv sync",
            "apt-get install", "apt install", "brew install", "bundle install", "composer install", "go mod download",
            "cargo fetch", "choco install", "mvn dependency", "install-module",
        ]
        return verbs.contains(where: line.contains)
    }

    private static let actions: [(String, Double)] = [
        ("actions/checkout", 4), ("actions/cache", 8), ("actions/upload-artifact", 5), ("actions/download-artifact", 5),
        ("actions/setup-", 12), ("docker/build-push-action", 120), ("docker/", 10),
        ("github/codeql-action/analyze", 180),
        ("github/codeql-action", 20), ("golangci/golangci-lint-action", 45), ("./", 20),
    ]

    private static let words: [(any: [String], seconds: Double)] = [
        (["npm ci", "npm install", "yarn install", "pnpm install", "yarn --"], 40),
        (["pip install", "poetry install", "uv sync", "bundle install", "composer install"], 40),
        (["apt-get", "apt install", "brew install", "choco install"], 30),
        (["lint", "format", "fmt", "clippy", "eslint", "ruff", "mypy", "typecheck"], 40),
        (["test", "pytest", "spec", "ctest", "jest", "vitest", "invoke-pester"], 120),
        (["build", "compile", "make", "cargo", "msbuild", "gradle", "mvn"], 90),
        (["docker build", "docker buildx"], 120), (["e2e", "playwright", "cypress"], 300), (["bench"], 180),
        (["deploy", "publish", "release", "upload"], 30),
    ]
}

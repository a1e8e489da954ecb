import GitValues
package import Settings
import Store

/// The language level of a generated workflow.
package enum PipelineDialect: String, Sendable, CaseIterable, Codable {
    /// What every runner and local stand-in understands.
    case portable
    /// With what GitHub added in 2026: steps side by side in one job.
    case modern
}

/// A pipeline's file to be written.
package struct GenerateRequest: Sendable {
    package var checks: [CheckDefinition]
    package var terms: PipelinePlan.Terms
    package var forge: ForgeKind
    /// `nil` for what the existing file has, else portable.
    package var dialect: PipelineDialect?
    /// Times from this machine's history.
    package var history: [String: MeasuredTime]
    /// Whether history takes the place of what the file was planned with.
    package var measuresAnew: Bool
    /// The file as it is, whichever line ends a checkout gave it; `nil` when there is none.
    package var existing: String? {
        didSet { existing = existing.map(GenerateRequest.withLineFeeds) }
    }

    /// Creates a request.
    package init(
        checks: [CheckDefinition], terms: PipelinePlan.Terms, forge: ForgeKind, dialect: PipelineDialect? = nil,
        history: [String: MeasuredTime] = [:], measuresAnew: Bool = false, existing: String? = nil
    ) {
        self.checks = checks
        self.terms = terms
        self.forge = forge
        self.dialect = dialect
        self.history = history
        self.measuresAnew = measuresAnew
        self.existing = existing.map(GenerateRequest.withLineFeeds)
    }

    /// A carriage return and a line feed are one character of a text.
    private static func withLineFeeds(_ text: String) -> String {
        text.contains("\r\n") ? text.replacing("\r\n", with: "\n") : text
    }

    /// Where the file of a forge lies.
    package var path: String {
        switch forge {
        case .github: ".github/workflows/validate.yml"
        case .gitea: ".gitea/workflows/validate.yml"
        case .gitlab: ".gitlab-ci.yml"
        }
    }
}

/// A pipeline's file and the plan behind it.
package struct GeneratedPipeline: Sendable {
    package let path: String
    package let text: String
    package let plan: PipelinePlan
    package let dialect: PipelineDialect
}

/// Makes a pipeline's file: the same text for the same checks and the same existing file, on every machine.
///
/// - Throws: `GenerateProblem` when there is nothing to do, or the existing file is not ours to replace.
package func generatePipeline(_ request: GenerateRequest) throws -> GeneratedPipeline {
    guard !request.checks.isEmpty else { throw GenerateProblem.noChecks }
    if let name = request.terms.given.first(where: ReservedVariables.contain) { throw GenerateProblem.reserved(name) }
    var header: Header?
    var kept = KeptRegions()
    if let existing = request.existing {
        guard let found = Header(in: existing) else { throw GenerateProblem.foreignFile(request.path) }
        header = found
        kept = try KeptRegions(existing, path: request.path)
    }
    // What the file was planned with wins, so that planning it again elsewhere gives the same.
    let before = header?.measured ?? [:]
    let measured =
        request.measuresAnew || header == nil ? before.merging(request.history) { $1 } : before
    let dialect = request.dialect ?? header?.dialect ?? .portable
    let plan = PipelinePlan(request.checks, terms: request.terms, measured: measured)
    if let limit = request.terms.maxCost, let cost = plan.cost(of: .complete), PipelinePlan.isOver(cost, limit) {
        throw GenerateProblem.overBudget(cost: cost, limit: limit)
    }
    let body =
        request.forge == .gitlab
        ? GitLabPipeline(plan: plan).lines
        : GitHubWorkflow(plan: plan, dialect: dialect, isGitea: request.forge == .gitea).lines
    let notes = ForgeVariableNotes(plan, forge: request.forge).lines
    let lines = Header(dialect: dialect, measured: plan.measured).lines(notes) + body
    let text = try kept.filling(lines, path: request.path).joined(separator: "\n") + "\n"
    return GeneratedPipeline(path: request.path, text: text, plan: plan, dialect: dialect)
}

/// The times of checks that a generated file was planned with; `nil` when it is none of ours.
func plannedTimes(in text: String) -> [String: MeasuredTime]? { Header(in: text)?.measured }

/// The comment at the top of a generated file, with what is needed to make it again.
private struct Header {
    let dialect: PipelineDialect
    let measured: [String: MeasuredTime]

    private struct Note: Codable {
        var dialect: PipelineDialect
        /// Seconds: median, and what 95 of 100 runs stay below.
        var measured: [String: [Int]]
    }

    private static let title = "# Made by 'git validate ci generate' from .gitpatch; change that and type it again."
    private static let variables =
        "# Variables that checks ask for, from the forge; a pull request of a fork gets no secret, and the check sees none:"
    private static let mark = "# planned with: "

    init(dialect: PipelineDialect, measured: [String: MeasuredTime]) {
        self.dialect = dialect
        self.measured = measured
    }

    /// Reads it; `nil` when the file is none of ours.
    init?(in text: String) {
        let lines = text.split(separator: "\n").prefix(5)
        guard lines.first?.hasPrefix("# Made by 'git validate ci generate'") == true,
            let line = lines.first(where: { $0.hasPrefix(Header.mark) }),
            let note = try? JSONText.decode(Note.self, from: String(line.dropFirst(Header.mark.count)))
        else { return nil }
        dialect = note.dialect
        measured = note.measured.compactMapValues { times in
            times.count == 2 ? MeasuredTime(median: Double(times[0]), high: Double(times[1])) : nil
        }
    }

    func lines(_ notes: [String]) -> [String] {
        let note = Note(dialect: dialect, measured: measured.mapValues { [Int($0.median), Int($0.high)] })
        // A note of words and numbers always encodes.
        let text = (try? JSONText.encode(note)) ?? "{}"
        return [
            Header.title,
            "# What stands between keep-begin and keep-end is yours and stays. Actions as of \(Pins.date).",
            Header.mark + text,
        ] + (notes.isEmpty ? [] : [Header.variables]) + notes.map { "#   " + $0.filter { !$0.isNewline } } + [""]
    }
}

/// Why no pipeline's file was made.
package enum GenerateProblem: ProblemReport {
    case noChecks
    case overBudget(cost: Double, limit: Double)
    case reserved(String)
    case foreignFile(String)
    case openRegion(path: String, line: Int, name: String)
    case lostRegion(path: String, name: String)
    case stale(path: String)
    case cannotWrite(path: String, reason: String)

    package var problemCode: String {
        switch self {
        case .noChecks: "no-checks"
        case .overBudget: "over-budget"
        case .reserved: "reserved-name"
        case .foreignFile: "foreign-file"
        case .openRegion: "open-region"
        case .lostRegion: "lost-region"
        case .stale: "stale"
        case .cannotWrite: "cannot-write"
        }
    }

    package var exitStatus: Int32 {
        switch self {
        case .noChecks, .overBudget, .reserved, .openRegion: 78
        case .foreignFile, .lostRegion, .stale: 1
        case .cannotWrite: 69
        }
    }

    package var problemPaths: [String] {
        switch self {
        case .noChecks, .overBudget, .reserved: []
        case .foreignFile(let path), .openRegion(let path, _, _), .lostRegion(let path, _), .stale(let path),
            .cannotWrite(let path, _):
            [path]
        }
    }

    package var description: String {
        switch self {
        case .noChecks: "no pipeline to make: .gitpatch has no check"
        case .overBudget(let cost, let limit):
            "a run costs about \(Prices.text(cost)), over ci.maxCost = \(Prices.text(limit)), however jobs are put together"
        case .reserved(let name): "the pipeline has a variable '\(name)' of its own"
        case .foreignFile(let path): "'\(path)' was not made by this command"
        case .openRegion(let path, let line, let name): "\(path):\(line): region '\(name)' does not end"
        case .lostRegion(let path, let name): "'\(path)' keeps text in region '\(name)', which has no place any more"
        case .stale(let path): "'\(path)' is not what .gitpatch asks for"
        case .cannotWrite(let path, let reason): "cannot write '\(path)': \(reason)"
        }
    }

    package var hints: [String] {
        switch self {
        case .noChecks: ["type 'git validate init' to get checks to start with"]
        case .overBudget:
            ["raise ci.maxCost, name fewer platforms, or give slow checks a higher tier, a 'path' or a label"]
        case .reserved(let name):
            ["give the forge's variable another name, 'MY_\(name)' say, and name that under [ci] and in 'env'"]
        case .foreignFile: ["move it away, or print the new one with 'git validate ci generate --stdout'"]
        case .openRegion(_, _, let name): ["end it with a line '# keep-end \(name)'"]
        case .lostRegion(_, let name): ["move the text of '\(name)' to another region, then type the command again"]
        case .stale: ["type 'git validate ci generate' and commit the file"]
        case .cannotWrite: []
        }
    }
}

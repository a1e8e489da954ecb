import ArgumentParser
import CommandOptions
import Console
import GitValues
import Pipelines
import Settings
import Store
import SystemPackage
import Validation

/// `git validate ci generate`.
struct CIGenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Write the pipeline that runs the checks of .gitpatch on a forge.",
        discussion: """
            Jobs run side by side; they wait only for what they need. The same checks give the same file, on any machine. \
            Text between '# keep-begin NAME' and '# keep-end NAME' is yours and survives.
            """)

    @Option(help: "github, gitlab or gitea; without it the one of the remote.")
    var forge: ForgeKind?

    @Option(help: "portable or modern (steps side by side in one job); without it what the file has.")
    var dialect: PipelineDialect?

    @Flag(help: "Plan with the times recorded here instead of those in the file.")
    var measure = false

    @Flag(help: "Write nothing; fail when the file is not what it should be.")
    var check = false

    @Flag(help: "Print the file instead of writing it.")
    var stdout = false

    @OptionGroup var options: OutputOptions

    func validate() throws {
        if check && stdout { throw ValidationError("--check and --stdout exclude each other") }
    }

    func run() async throws {
        let desk = try await PipelineDesk.open()
        let console = options.console
        let top = FilePath(desk.location.worktree)
        // Left out of the file, one that cannot be made would be missed there only.
        _ = try desk.settings.environments(named: Set(desk.settings.checks.flatMap(\.environments)))
        var request = GenerateRequest(
            checks: desk.settings.checks, terms: try await desk.terms(), forge: forge ?? desk.forge, dialect: dialect,
            history: check ? [:] : try desk.measuredTimes(), measuresAnew: measure)
        let path = top.pushing(FilePath(request.path))
        if !stdout { request.existing = TextFile.read(path) }
        let pipeline = try generatePipeline(request)
        if stdout { return console.raw(pipeline.text) }
        let isSame = request.existing == pipeline.text
        if check {
            guard isSame else { throw GenerateProblem.stale(path: pipeline.path) }
        } else if !isSame {
            do {
                try TextFile.replace(path, with: pipeline.text)
            } catch {
                throw GenerateProblem.cannotWrite(path: pipeline.path, reason: "\(error)")
            }
        }
        if options.json {
            return console.result(
                try JSONText.encode(PlanDocument(pipeline, outcome: isSame ? "unchanged" : "written")))
        }
        console.result("\(pipeline.path): \(isSame ? "up to date" : "written")")
        if check { return }
        show(pipeline.plan, console)
        for name in pipeline.plan.lackingValidator {
            console.warning("'\(safeForTerminal(name))' calls git validate, which jobs have only with ci.install")
        }
        if desk.settings[CIKeys.remoteCache] != nil, pipeline.plan.terms.sharedCache == nil {
            console.warning("ci.remoteCache is of no use without ci.install and ci.cacheKey")
        }
        let notes = ForgeVariableNotes(pipeline.plan, forge: request.forge).lines
        if !notes.isEmpty { console.note("variables that checks ask for, from the forge:") }
        for line in notes { console.note("  " + safeForTerminal(line)) }
        if !isSame { console.hint("commit it: git patch \"ci: run the checks\" -- \(pipeline.path)") }
    }

    /// What brings the times that are missing.
    private func again(_ plan: PipelinePlan) -> String {
        let names = plan.unmeasured.prefix(3).map { " --check \(Quoting.shell($0))" }.joined()
        return
            "git validate\(plan.unmeasured.count > 3 ? " --tier complete" : names) && git validate ci generate --measure"
    }

    private func show(_ plan: PipelinePlan, _ console: Console) {
        var table = Table()
        let isSplit = plan.jobs.contains { $0.wantedShards > 1 }
        table.add(["job", "tier"] + (isSplit ? ["parts"] : []) + ["takes", "timeout", "waits for"])
        for job in plan.jobs {
            let parts = job.wantedShards > 1 ? "\(job.shards)" : "-"
            table.add(
                [safeForTerminal(job.id), job.tier.rawValue] + (isSplit ? [parts] : []) + [
                    job.expected.map { TimeSpan(seconds: $0).description } ?? "-",
                    "\(job.timeout) m", job.needs.isEmpty ? "-" : job.needs.joined(separator: ", "),
                ])
        }
        for line in table.lines() { console.note(line) }
        for job in plan.jobs where job.shards < job.wantedShards {
            let isFull = job.shards == PipelinePlan.mostShards(plan.terms)
            let reason = isFull ? "a matrix has 256 jobs at most" : "more would be over ci.maxCost"
            console.note("\(safeForTerminal(job.id)): \(job.shards) parts instead of \(job.wantedShards): \(reason)")
        }
        let tier = Tier.standard
        if let seconds = plan.expected(of: tier), let minutes = plan.minutes(of: tier) {
            let time = TimeSpan(seconds: seconds)
            console.note(
                "a run of tier \(tier.rawValue) takes about \(time) and \(minutes) started minutes per platform")
            if let cost = plan.cost(of: .complete), plan.terms.isBilled {
                console.note("everything costs about \(Prices.text(cost)) a run, at GitHub's prices of \(Prices.date)")
            }
        }
        if !plan.unmeasured.isEmpty {
            let names = plan.unmeasured.map { "'\(safeForTerminal($0))'" }
            let more = names.count > 8 ? " and \(names.count - 8) more" : ""
            console.note("no time is known of \(names.prefix(8).joined(separator: ", "))\(more)")
            if plan.terms.maxCost != nil { console.warning("ci.maxCost cannot be kept while times are unknown") }
            console.hint("run what lacks one, then plan anew: \(again(plan))")
        }
        if plan.terms.install == nil {
            console.note("jobs run the checks' own lines; with ci.install they run 'git validate' and share its cache")
        }
    }
}

/// `git validate ci generate --json`.
private struct PlanDocument: Encodable {
    struct Job: Encodable {
        var id: String
        var tier: String
        var checks: [String]
        var needs: [String]
        var expected: Double?
        var timeout: Int
        /// On how many runners the check that is split runs, and how many `.gitpatch` asks for; absent where none is.
        var shards: Int?
        var wantedShards: Int?
    }

    struct Variable: Encodable {
        var name: String
        /// `secret` or `variable`; absent when `.gitpatch` says neither, so that no check gets it.
        var kind: String?
        var checks: [String]
    }

    var version = 1
    var outcome: String
    var path: String
    var dialect: String
    var platforms: [String]
    var expected: Double?
    /// Of a run of everything, in US dollars.
    var cost: Double?
    /// Checks of which no time is known.
    var unmeasured: [String]
    /// Checks that call a validator, which jobs do not have; absent where there is none.
    var lacking: [String]?
    /// What the forge must provide.
    var variables: [Variable]
    var jobs: [Job]

    init(_ pipeline: GeneratedPipeline, outcome: String) {
        self.outcome = outcome
        path = pipeline.path
        dialect = pipeline.dialect.rawValue
        platforms = pipeline.plan.terms.platforms
        expected = pipeline.plan.expected(of: .standard)
        cost = pipeline.plan.cost(of: .complete)
        unmeasured = pipeline.plan.unmeasured
        lacking = pipeline.plan.lackingValidator.isEmpty ? nil : pipeline.plan.lackingValidator
        variables = pipeline.plan.forgeVariables.map {
            Variable(name: $0.name, kind: $0.kind?.rawValue, checks: $0.checks)
        }
        jobs = pipeline.plan.jobs.map { job in
            let isSplit = job.wantedShards > 1
            return Job(
                id: job.id, tier: job.tier.rawValue, checks: job.checks.map(\.name), needs: job.needs,
                expected: job.expected, timeout: job.timeout, shards: isSplit ? job.shards : nil,
                wantedShards: isSplit ? job.wantedShards : nil)
        }
    }
}

extension ForgeKind: ExpressibleByArgument {}
extension PipelineDialect: ExpressibleByArgument {}

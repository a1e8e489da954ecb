import ArgumentParser
import Automerge
import CommandOptions
import Console
import GitValues
import PlainRemote
import Settings
import Store

/// `git automerge plan`.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show the next batch of each target, its expected builds and how long it takes.",
        usage: "git automerge plan [<options>]",
        discussion: """
            A batch is as large as recent failures make it worthwhile, and never larger than automerge.batch. Nothing \
            is tested and nothing moves.
            """)

    @Option(name: [.short, .long], help: ArgumentHelp("How many checks run at once.", valueName: "n"))
    var jobs: Int?

    @OptionGroup var remote: RemoteOption
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let jobs, jobs < 1 { throw ValidationError("--jobs takes a number of at least 1") }
    }

    private struct Document: Encodable {
        struct Later: Encodable {
            var patch: RecordID
            var reason: String
        }

        struct Target: Encodable {
            var target: String
            var batch: [RecordID]
            var later: [Later]
            var size: Int
            var failureRate: Double
            var expectedBuilds: Double
            var buildTime: Double?
            var eta: Double?
            var obstacle: String?
        }

        var version = 1
        var targets: [Target]
    }

    func run() async throws {
        let desk = try await Desk.open(remote)
        if desk.isOnForge {
            throw QueueProblem.onForge(
                "nothing is planned here: each patch is handed to the forge as soon as its gates are open",
                hint: "type 'git automerge status' to see what each of them waits for")
        }
        let now = Timestamp.now()
        let reader = QueueReader(remote: desk.remote, now: now)
        let state = try await reader.upToDate(try await desk.readOrRecall(output.console))
        let plans = try await LandingPlan.all(
            of: state, desk.remote, desk.settings, jobs: jobs, now: now, in: try desk.openStore())
        if output.json { return output.console.result(try JSONText.encode(document(plans))) }
        for plan in plans { show(plan) }
        if plans.isEmpty { output.console.result("nothing wants to land") }
    }

    private func document(_ plans: [LandingPlan]) -> Document {
        Document(
            targets: plans.map { plan in
                Document.Target(
                    target: plan.target, batch: plan.batch.map(\.id),
                    later: plan.later.map { .init(patch: $0.patch.id, reason: $0.reason) }, size: plan.size,
                    failureRate: plan.rate.mean, expectedBuilds: plan.expectedBuilds, buildTime: plan.buildTime,
                    eta: plan.eta, obstacle: plan.obstacle)
            })
    }

    private func show(_ plan: LandingPlan) {
        let console = output.console
        let target = safeForTerminal(plan.target)
        let seen = plan.rate.green + plan.rate.red
        let past =
            seen == 0
            ? "none was judged yet" : "\(plan.rate.red) of the last \(seen) \(plan.rate.red == 1 ? "was" : "were")"
        console.result(
            "'\(target)': next \(plan.batch.count) of \(plan.batch.count + plan.later.count) that are due; "
                + "a batch holds \(plan.size) (\(percent(plan.rate.mean)) expected to be red, \(past))")
        var table = Table()
        for patch in plan.batch { table.add([" ", patch.id.short, safeForTerminal(patch.title), "in this batch"]) }
        for (patch, reason) in plan.later {
            table.add([" ", patch.id.short, safeForTerminal(patch.title), "later: " + safeForTerminal(reason)])
        }
        for line in table.lines(width: console.output.isInteractive ? console.output.width : nil) {
            console.result(line)
        }
        if let obstacle = plan.obstacle { return console.warning(safeForTerminal(obstacle)) }
        guard !plan.batch.isEmpty else { return console.result("nothing is due; 'git automerge status' says why") }
        let builds = "\((plan.expectedBuilds * 10).rounded() / 10) builds expected"
        let time =
            plan.eta.map { ", about \(TimeSpan(seconds: max(1, $0.rounded())))" } ?? ", how long is not known yet"
        console.result(builds + time)
    }

    private func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }
}

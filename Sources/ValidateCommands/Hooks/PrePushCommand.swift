import ArgumentParser
import Console
import GitProcess
import GitValues
import HookInput
import Settings
import Store
import SystemPackage
import Validation

/// `git validate hook pre-push REMOTE URL`: judges every reference that git is about to push.
struct PrePushCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "pre-push", shouldDisplay: false)

    @Argument var remote: String
    @Argument var url: String?

    func run() async throws {
        guard !HookCommand.isOurOwn else { return }
        let input = try PrePushCommand.readInput()
        guard let updates = PushUpdate.parse(String(decoding: input, as: UTF8.self)) else {
            if HookCommand.isOff { return }
            throw PushProblem.malformedInput
        }
        let sent = updates.filter { !$0.isDeletion }
        guard !sent.isEmpty, let desk = try await Desk.openIfPossible() else { return }
        if HookCommand.isOff { return Bypass.record(sent, in: desk.location.storeDirectory) }
        let remote = remote
        let console = Console()
        do {
            try await Interruption.run { try await PrePushCommand.judge(sent, remote: remote, desk, console) }
        } catch let problem as any ProblemReport where !(problem is PushProblem || problem is SettingsError) {
            // Whatever it is, who pushes must hear that the push is held back, and how to go on.
            throw PushProblem.notJudged(problem.description, hints: problem.hints)
        }
    }

    private static func judge(
        _ updates: [PushUpdate], remote: String, _ desk: Desk, _ console: Console
    ) async throws {
        let early = VerdictClaim.EarlyLook(desk.location)
        let settings = try await Settings.load(git: desk.git, committed: nil)
        let trees = try await desk.git.pushedTrees(updates, remote: remote, settings: settings)
        guard !trees.isEmpty else { return PushLog.add(updates, in: desk.location.storeDirectory) }
        let store = try Store.open(directory: desk.location.storeDirectory)
        let watch = PushWatch(location: desk.location, git: desk.git, program: desk.program) { line in
            console.note(safeForTerminal(line))
        }
        var asked: [(tree: PushedTree, claim: VerdictClaim?)] = []
        for tree in trees {
            let claim = await VerdictClaim(
                tree.objects, settings: tree.settings, location: desk.location, git: desk.git, early: early)
            asked.append((tree, claim))
        }
        let answers = try await watch.judge(asked, store: store)
        var (red, unknown): (PushProblem?, PushProblem?)
        var late: [String] = []
        for (tree, answer) in zip(trees, answers) {
            switch answer {
            case .nothingAsked: break
            case .report(let report): if let bad = show(report, tree, console) { red = red ?? bad }
            case .problem(.overBudget(let budget, _)) where tree.settings[ValidateKeys.overBudget] == .pass:
                late.append("the checks of \(tree.name) need longer than \(budget); the push goes on without them")
            case .problem(let problem): unknown = unknown ?? problem
            }
        }
        // What is known to be bad counts before what is not known.
        if let problem = red ?? unknown { throw problem }
        for line in late { console.warning(line) }
        PushLog.add(updates, in: desk.location.storeDirectory)
    }

    /// Says what came of a tree: nothing when it was known before.
    private static func show(_ report: ValidationReport, _ tree: PushedTree, _ console: Console) -> PushProblem? {
        if report.outcome == .passed {
            if report.checks.contains(where: { $0.attempts > 0 }) {
                let id = (tree.candidate.commit ?? tree.candidate.tree).short
                console.note("validated \(id) (\(report.tier.rawValue)) in \(TimeSpan(seconds: report.wall))")
            }
            return nil
        }
        Rendering(console: console).explain(report)
        if let lateness = report.lateness { return .late(references: tree.name, lateness) }
        let bad = report.checks.filter { !$0.isGood }
        return .failed(references: tree.name, checks: bad.map(\.name))
    }

    private static func readInput() throws -> [UInt8] {
        var bytes: [UInt8] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 1)
        defer { buffer.deallocate() }
        while true {
            let count = try FileDescriptor.standardInput.read(into: buffer)
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }
}

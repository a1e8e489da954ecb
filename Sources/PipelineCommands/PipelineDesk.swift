import GitProcess
import GitValues
import Pipelines
import Settings
import Store
import SystemPackage

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The repository a command works on, with the checks as they are on disk.
struct PipelineDesk: Sendable {
    let location: RepositoryLocation
    let git: GitProgram
    let settings: Settings

    /// Finds the repository of the current directory and reads its settings.
    static func open() async throws -> PipelineDesk {
        let location = try await GitProgram(directory: ".").locate()
        let git = GitProgram(directory: FilePath(location.worktree))
        let settings = try await Settings.load(
            git: git, committed: try CommittedFile.onDisk(worktree: location.worktree))
        return PipelineDesk(location: location, git: git, settings: settings)
    }

    /// The branch that patches land on, as far as this clone knows.
    func target() async throws -> String {
        if let named = settings.string("patch.target") { return named }
        let head = try await git.readOnly.run(["symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"])
        if head.succeeded, let slash = head.text.firstIndex(of: "/") {
            return String(head.text[head.text.index(after: slash)...])
        }
        return settings.string("init.defaultBranch") ?? "main"
    }

    /// The forge of the remote, told by its host; GitHub when nothing tells.
    var forge: ForgeKind {
        let address = settings.string("remote.origin.url") ?? ""
        if address.contains("gitlab") { return .gitlab }
        return address.contains("codeberg.org") || address.contains("gitea") || address.contains("forgejo")
            ? .gitea : .github
    }

    /// What earlier runs of the checks took; nothing where none is recorded.
    func measuredTimes() throws -> [String: MeasuredTime] {
        guard Store.exists(in: location.storeDirectory) else { return [:] }
        let store = try Store.open(directory: location.storeDirectory)
        let ended = try store.timings(limit: 2000).filter { ["passed", "flaky", "failed"].contains($0.outcome) }
        return Dictionary(grouping: ended, by: \.check).compactMapValues { MeasuredTime(of: $0.map(\.duration)) }
    }

    /// What earlier runs of the checks used; nothing of a check with too few.
    func measuredUsage() throws -> [String: CheckUsage] {
        guard Store.exists(in: location.storeDirectory) else { return [:] }
        let store = try Store.open(directory: location.storeDirectory)
        var usage: [String: CheckUsage] = [:]
        for check in settings.checks {
            usage[check.name] = CheckUsage(try store.timings(ofCheck: check.name, limit: 200))
        }
        return usage
    }

    /// What decides the shape of a pipeline here.
    func terms() async throws -> PipelinePlan.Terms {
        let top = FilePath(location.worktree)
        return PipelinePlan.Terms(settings: settings, target: try await target()) { TextFile.exists(top.appending($0)) }
    }

    /// Which runners the jobs of the pipeline need, from what is recorded here.
    func advice(runsPerMonth: Int) async throws -> [RunnerAdvice] {
        let plan = PipelinePlan(settings.checks, terms: try await terms(), measured: try measuredTimes())
        return RunnerAdvice.all(
            for: plan, usage: try measuredUsage(), runsPerMonth: runsPerMonth, processors: PipelineDesk.processors)
    }

    /// How many processors this machine has.
    static var processors: Int { ProcessInfo.processInfo.activeProcessorCount }
}

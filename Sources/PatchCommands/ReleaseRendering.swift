import ArgumentParser
import CommandOptions
import Console
import GitProcess
import GitValues
import Patches
import Settings
import Store

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a person, or a program, is told about a release.
struct ReleaseRendering {
    let plan: ReleasePlan
    let output: OutputOptions

    private var console: Console { output.console }

    /// What to type once the patch has landed.
    private var again: String { "git patch release \(plan.version)" }

    func showDone(_ commit: ObjectID) throws {
        var document = ReleaseJSON(plan, outcome: "present")
        document.commit = commit
        document.pushed = plan.remote != nil
        if output.json { return try output.printJSON(document) }
        console.note(
            "'\(plan.tagName)' is\(plan.remote.map { " on '\($0)'" } ?? " there") already, on \(commit.short): nothing to do, and no check was asked"
        )
        console.hint("what they say: git validate \(commit.short) --tier \(plan.tier.rawValue)")
        console.result(plan.tagName)
    }

    /// - Parameter operation: the one that made the patch, where it can be taken back.
    func showWaiting(_ patch: PatchRecord, made operation: RecordID?) throws {
        let next =
            switch patch.state {
            case .local: "git patch resume \(patch.id.short)"
            case .armed: "git automerge status"
            case .queued: "git patch resume"
            default: "git automerge enable \(patch.id.short)"
            }
        // What the target has outrun does not land by itself.
        let anew =
            patch.state == .ejected
            ? operation.map { ["or make it anew: git patch undo \($0.short) && \(again)"] } ?? [] : []
        let problem = PatchProblem(
            .notLanded,
            "'\(patch.title)' has not landed on '\(plan.target)' yet: patch \(patch.id.short) is \(patch.state)",
            hints: ["see to it: \(next)"] + anew + ["when it has landed: \(again)"])
        var document = ReleaseJSON(plan, outcome: "waiting")
        document.patch = PatchJSON(patch)
        try finish(document, result: nil, problem: problem)
    }

    func showPlan(_ bump: Bump) throws {
        var document = ReleaseJSON(plan, outcome: "planned")
        document.paths = bump.files.map(\.path)
        if output.json { return try output.printJSON(document) }
        console.note(
            "would make a patch '\(plan.title)' for '\(plan.target)', \(since): \(bump.files.map(\.path).joined(separator: ", "))"
        )
        console.note("would tag what lands of it as '\(plan.tagName)' when this command is typed again")
        console.result(plan.tagName)
    }

    func showPlan(_ commit: ObjectID, _ checks: [String]) throws {
        var document = ReleaseJSON(plan, outcome: "planned")
        document.commit = commit
        document.required = checks
        document.message = plan.message
        if output.json { return try output.printJSON(document) }
        let proof =
            checks.isEmpty
            ? "no check to ask" : "once all of these have passed on it: \(checks.joined(separator: ", "))"
        if case .push = plan.step {
            console.note("'\(plan.tagName)' is here, on \(commit.short)")
        } else {
            console.note("would tag \(commit.short) as '\(plan.tagName)', \(since), \(proof)")
            for line in plan.message.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
                console.note(line.isEmpty ? "" : "    " + line)
            }
        }
        if let remote = plan.remote { console.note("would push '\(plan.tagName)' to '\(remote)'") }
        console.result(plan.tagName)
    }

    private var since: String { plan.last.map { "after \($0)" } ?? "the first version" }

    func showPrepared(_ operation: RecordID, _ patch: PatchRecord, _ bump: Bump, _ delivered: DeliveryReport) throws {
        var document = ReleaseJSON(plan, outcome: delivered.problem == nil ? "created" : "refused")
        document.operation = operation
        document.patch = PatchJSON(patch)
        document.paths = bump.files.map(\.path)
        document.requests = delivered.requests.map(RequestJSON.init)
        console.note(
            "made patch \(patch.id.short) '\(plan.title)' for '\(plan.target)': \(bump.files.map(\.path).joined(separator: ", "))"
        )
        delivered.notices().forEach(console.show)
        if patch.remote == nil {
            console.note("kept local")
        } else if delivered.problem == nil {
            console.hint("let it land: git automerge enable \(patch.id.short)")
        }
        if delivered.problem == nil { console.hint("when it has landed: \(again)") }
        try finish(document, result: patch.url ?? patch.branch, problem: delivered.problem)
    }

    /// Asks for the verdicts, and says so before it takes its time.
    func judge(
        _ commit: ObjectID, _ names: [String], _ workspace: Workspace, artifacts: String?, mayBeUnproven: Bool
    ) async throws -> ReleaseChecks {
        let tier = plan.tier.rawValue
        guard !names.isEmpty else {
            let words = "no check of tier '\(tier)' is defined in \(commit.short): nothing is proven about it"
            guard mayBeUnproven else {
                throw PatchProblem(
                    .noChecks, words,
                    hints: [
                        "define checks with 'git validate init', or name another tier: [release] tier = quick",
                        "to tag it all the same: \(again) --no-verify",
                    ])
            }
            console.warning(words)
            if artifacts != nil { console.warning("no check has made artifacts") }
            return ReleaseChecks()
        }
        console.note("testing \(commit.short) (\(names.joined(separator: ", ")))")
        let folder = artifacts.map { absolute($0) }
        let checks: ReleaseChecks
        do {
            checks = try await workspace.judge(commit, by: names, plan.tier, artifacts: folder)
        } catch var problem as PatchProblem where problem.code == .checksFailed && commit != plan.tip {
            problem.hints.append("when something that landed since mends it, tag that: \(again) --tip")
            throw problem
        }
        console.note("every check of tier '\(tier)' has passed on \(commit.short)")
        if let artifacts, let made = checks.artifacts {
            let paths = made.map(\.path).sorted().joined(separator: ", ")
            console.note(made.isEmpty ? "no check has made artifacts" : "artifacts in '\(artifacts)': \(paths)")
        }
        return checks
    }

    func showTagged(_ outcome: ReleaseOutcome, _ checks: ReleaseChecks) throws {
        var document = ReleaseJSON(plan, outcome: outcome.problem == nil ? "released" : "refused")
        document.operation = outcome.isBeaten ? nil : outcome.operation
        document.commit = outcome.commit
        document.object = outcome.isBeaten ? nil : outcome.object
        document.pushed = outcome.isPushed
        document.message = plan.message
        document.checks = checks.verdicts
        document.artifacts = checks.artifacts
        if let remote = plan.remote {
            if outcome.isPushed { console.note("pushed '\(plan.tagName)' to '\(remote)'") }
        } else if outcome.problem == nil {
            console.note("kept here")
            if plan.staysHere { console.hint("to push it: \(again)") }
            if outcome.operation != nil { console.hint("to take it back: git patch undo") }
        }
        try finish(document, result: outcome.problem == nil ? plan.tagName : nil, problem: outcome.problem)
    }

    /// A path as somebody else must be told it: relative to where this program was started.
    private func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let here = resolvedPath(".") else { return path }
        return here + "/" + path
    }

    private func finish(_ document: ReleaseJSON, result: String?, problem: PatchProblem?) throws {
        var document = document
        if let problem {
            document.errors.append(ProblemDocument(problem))
            if problem.exitStatus != ExitStatus.refused { document.outcome = "failed" }
        }
        if output.json { try output.printJSON(document) }
        if let problem { console.report(problem.description, paths: problem.problemPaths, hints: problem.hints) }
        if !output.json, let result { console.result(result) }
        if let problem { throw ExitCode(problem.exitStatus) }
    }
}

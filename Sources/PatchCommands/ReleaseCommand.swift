import ArgumentParser
import CommandOptions
import Console
import GitValues
import Patches
import Store

/// `git patch release`: a version becomes a patch, and what landed of it a tag.
struct ReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Release a version: a patch that writes it, then a tag on what landed.",
        usage: "git patch release <version>|major|minor|patch [<options>]",
        discussion: """
            The same command does both steps, the one that is due.

            First, where the section [release] of .gitpatch names files, a patch "Release X.Y.Z" writes the version into \
            them and into the changelog. It lands like any other; your files, index and HEAD stay as they are.

            Then the landed commit gets an annotated tag, if every check of release.tier has passed on exactly its tree, \
            now or before. The tag goes to the remote, which must not have one of that name.
            """)

    @Argument(help: "The version (1.2.0, 1.2.0-rc.1), or which number of the last one goes up.")
    var version: String?

    @Option(
        name: [.customShort("m", allowingJoined: true), .long], parsing: .unconditional,
        help: ArgumentHelp("What the tag says; else the changelog's section of the version.", valueName: "text"))
    var message: String?

    @Flag(exclusivity: .chooseLast, help: "Sign the commit or the tag, or do not, whatever is configured.")
    var sign: SignChoice?

    @Flag(help: "Tag the newest commit of the target, with what landed after the version.")
    var tip = false

    @Flag(help: "Tag also what no check proves; what a check says no to is not tagged.")
    var noVerify = false

    @Flag(help: "Keep the patch and the tag here.")
    var noPush = false

    @Option(help: ArgumentHelp("Put what the checks made into this folder, a new one.", valueName: "folder"))
    var artifacts: String?

    @Flag(help: "Show what would be done and touch nothing.")
    var dryRun = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if artifacts?.isEmpty == true { throw ValidationError("--artifacts takes the name of a folder") }
        if message?.allSatisfy(\.isWhitespace) == true { throw ValidationError("--message takes a text") }
    }

    func run() async throws {
        let request = try makeRequest()
        let workspace = try await output.openWorkspace().withCommittedFile()
        let reading = try await Session.read(workspace)
        let plan = try await reading.planRelease(request)
        let rendering = ReleaseRendering(plan: plan, output: output)
        switch plan.step {
        case .done(let commit):
            // A push whose answer did not arrive is known to have happened now.
            if plan.remote != nil, !dryRun { try reading.settle(plan) }
            try rendering.showDone(commit)
        case .wait(let patch): try rendering.showWaiting(patch, made: try reading.preparation(of: plan))
        case .prepare(let bump):
            for (option, isGiven) in [("--message", message != nil), ("--artifacts", artifacts != nil)] where isGiven {
                output.console.warning("\(option) has a meaning for the tag only: give it again then")
            }
            if dryRun { return try rendering.showPlan(bump) }
            try await prepare(bump, request, workspace, rendering)
        case .tag(let commit), .push(_, let commit):
            if let artifacts { try workspace.refuseFull(artifacts) }
            let checks = try await workspace.releaseChecks(of: commit, plan.tier)
            if dryRun { return try rendering.showPlan(commit, checks) }
            try await tag(commit, checks, request, workspace, rendering)
        }
    }

    private func makeRequest() throws -> ReleaseRequest {
        guard let version else {
            throw ValidationError("a version is needed: git patch release 1.2.0, or major, minor, patch")
        }
        var request: ReleaseRequest
        if let part = SemanticVersion.Part(rawValue: version) {
            request = ReleaseRequest(.next(part))
        } else if let version = SemanticVersion(version) {
            request = ReleaseRequest(.exactly(version))
        } else {
            let bare = version.drop { !$0.isASCII || !$0.isNumber }
            let hint =
                SemanticVersion(bare).map { ": type \($0)" } ?? ": it takes 1.2.0, 1.2.0-rc.1, major, minor or patch"
            throw ValidationError("'\(version)' is no version\(hint)")
        }
        request.text = message
        request.atTip = tip
        request.push = !noPush
        switch sign {
        case .sign: request.signing = .always
        case .noSign: request.signing = .never
        case nil: request.signing = .asConfigured
        }
        return request
    }

    private func prepare(
        _ bump: Bump, _ request: ReleaseRequest, _ workspace: Workspace, _ rendering: ReleaseRendering
    ) async throws {
        let session = try await Session.change(workspace, command: "release")
        let outcome = try await session.prepareRelease(rendering.plan, bump, request)
        session.unlock()
        var delivered = DeliveryReport(requests: [])
        if outcome.patch.remote != nil { delivered = try await session.deliver(about: outcome.patch.id) }
        let patch = try session.store.patch(outcome.patch.id) ?? outcome.patch
        try rendering.showPrepared(outcome.operation, patch, bump, delivered)
    }

    private func tag(
        _ commit: ObjectID, _ names: [String], _ request: ReleaseRequest, _ workspace: Workspace,
        _ rendering: ReleaseRendering
    ) async throws {
        let plan = rendering.plan
        let checks = try await rendering.judge(commit, names, workspace, artifacts: artifacts, mayBeUnproven: noVerify)
        let session = try await Session.change(workspace, command: "release")
        var outcome: ReleaseOutcome
        if case .push(let object, _) = plan.step {
            outcome = ReleaseOutcome(object: object, on: commit)
        } else {
            outcome = try await session.tagRelease(plan, on: commit, request)
            output.console.note("tagged \(commit.short) as '\(plan.tagName)'")
        }
        session.unlock()
        outcome = try await session.pushTag(plan, outcome)
        if outcome.isBeaten {
            let session = try await Session.change(workspace, command: "release")
            try await session.takeBackTag(plan, outcome)
        }
        try rendering.showTagged(outcome, checks)
    }
}

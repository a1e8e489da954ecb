import ArgumentParser
import GitProcess
import GitValues
import Settings
import Store
import Validation

/// `git validate hook background`: the run that a push watches. Its job comes on standard input, and with it a leash.
struct BackgroundCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "background", shouldDisplay: false)

    func run() async throws {
        guard let (job, leash) = Leash.take() else { throw ExitCode(64) }
        try await Interruption.run {
            leash.hold()
            let desk = try await Desk.open()
            do {
                try await BackgroundCommand.validate(job, desk)
            } catch {
                // Nobody sees what this process says; who waits for it, and `status`, read the record.
                job.note(error, in: desk.location.storeDirectory)
                throw error
            }
        }
    }

    private static func validate(_ job: RunJob, _ desk: Desk) async throws {
        let early = VerdictClaim.EarlyLook(desk.location)
        let candidate = try await desk.git.candidate(job.revision.hex, calling: job.name)
        let settings = try await Settings.load(git: desk.git, committed: candidate.committed)
        var request = ValidationRequest(
            location: desk.location, git: desk.git, commit: candidate.commit, tree: candidate.tree, policy: settings,
            tier: job.tier)
        request.changed = job.changedPaths
        request.purpose = .push
        request.runID = job.id
        request.claim = await VerdictClaim(
            job.objects, settings: settings, location: desk.location, git: desk.git, early: early)
        let store = try Store.open(directory: desk.location.storeDirectory)
        _ = try await Validation.validate(request, calling: job.name, store: store)
    }
}

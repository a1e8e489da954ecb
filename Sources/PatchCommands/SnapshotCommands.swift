import ArgumentParser
import CommandOptions
import Console
import GitValues
import Patches
import Store

/// `git patch snapshot`: keeps the working tree and the index, touching neither.
struct SnapshotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Keep the working tree and the index under an id, touching neither.",
        usage: "git patch snapshot [-m <text>] [<options>]")

    @OptionGroup var messages: MessageOption

    @Flag(help: "Go past the guard rails for size, secrets and generated files.")
    var force = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let workspace = try await output.openWorkspace().withCommittedFile()
        let session = try await Session.change(workspace, command: "snapshot")
        let outcome = try await session.snapshot(messages.text, force: force)
        if output.json {
            return try output.printJSON(
                SnapshotJSON(snapshot: outcome.id, operation: outcome.id, commit: outcome.commit, title: outcome.title))
        }
        output.console.note(
            "kept \(outcome.paths == 1 ? "1 path" : "\(outcome.paths) paths"); git patch restore \(outcome.id.short) brings them back"
        )
        output.console.result(outcome.id.short)
    }
}

/// `git patch restore`: brings back what a snapshot keeps.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Bring back the work that a snapshot keeps.",
        usage: "git patch restore <snapshot> [<pathspec>...] [<options>]")

    @Argument(help: "The snapshot, by its id or the beginning of it.")
    var snapshot: String

    @Argument(help: "Only these paths, as they were.")
    var pathspec: [String] = []

    @Flag(help: "Show what would be done and touch nothing.")
    var dryRun = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let workspace = try await output.openWorkspace()
        if dryRun {
            return try show(try await Session.read(workspace).previewRestore(snapshot, pathspecs: pathspec))
        }
        let session = try await Session.change(workspace, command: "restore")
        let outcome = try await session.restore(snapshot, pathspecs: pathspec)
        if output.json {
            var document = RestoreJSON(
                operation: outcome.operation, paths: outcome.paths.map { String(decoding: $0, as: UTF8.self) },
                index: outcome.restoredIndex)
            if let problem = outcome.problem {
                document.outcome = "failed"
                document.errors = [ProblemDocument(problem)]
            }
            try output.printJSON(document)
            if let problem = outcome.problem { throw ExitCode(problem.exitStatus) }
            return
        }
        for path in outcome.paths { output.console.result(safeForTerminal(String(decoding: path, as: UTF8.self))) }
        let what = RestoreCommand.words(outcome.paths.count, staged: outcome.restoredIndex)
        output.console.note("restored \(what); git patch undo takes it back")
        if let problem = outcome.problem { throw problem }
    }

    private func show(_ preview: RestorePreview) throws {
        if output.json {
            let paths = preview.effects.map { String(decoding: $0.path, as: UTF8.self) }
            return try output.printJSON(
                RestoreJSON(outcome: "planned", paths: paths, index: preview.restoresIndex))
        }
        for effect in preview.effects {
            let path = safeForTerminal(String(decoding: effect.path, as: UTF8.self))
            output.console.result("would \(effect.isRemoved ? "remove" : "write") '\(path)'")
        }
        output.console.note(
            "would restore " + RestoreCommand.words(preview.effects.count, staged: preview.restoresIndex))
    }

    private static func words(_ paths: Int, staged: Bool) -> String {
        "\(paths == 1 ? "1 path" : "\(paths) paths")\(staged ? ", and what was staged" : "")"
    }
}

/// What `snapshot` prints with `--json`.
struct SnapshotJSON: Encodable {
    var version = 1
    var outcome = "created"
    var snapshot: RecordID
    var operation: RecordID
    var commit: ObjectID
    var title: String
}

/// What `restore` prints with `--json`.
struct RestoreJSON: Encodable {
    var version = 1
    var outcome = "updated"
    /// Absent where nothing was done.
    var operation: RecordID?
    var paths: [String]
    /// Whether what was staged is staged again.
    var index: Bool
    /// What is not done.
    var errors: [ProblemDocument] = []
}

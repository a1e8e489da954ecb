import ArgumentParser
import Automerge
import CommandOptions
import Console
import GitValues
import PlainRemote
import Store

/// What a rollback, or a look at one, gave.
enum RollbackAnswer {
    case outcome(RollbackOutcome)
    case planned(RollbackPreview)

    /// What a look gave: the plan, or what the rollback would end with.
    init(_ look: Result<RollbackPreview, RollbackEnd>) {
        switch look {
        case .success(let preview): self = .planned(preview)
        case .failure(let end): self = .outcome(end.outcome)
        }
    }
}

/// Prints what came of a rollback.
struct RollbackRendering {
    let output: OutputOptions
    /// What the remote is called.
    let remote: String

    private struct Document: Encodable {
        struct Commit: Encodable {
            var id: ObjectID
            var title: String
        }

        var version = 1
        var outcome: String
        var receipt: Receipt?
        var reason: String?
        var paths: [String] = []
        /// The branch it would be taken back on.
        var target: String?
        /// The patches that would be taken back.
        var members: [RecordID]?
        /// The commits that would be reverted, newest first; on a forge the one the patch became.
        var commits: [Commit]?
        /// The checks that would run first.
        var checks: [String]?
    }

    func show(_ answer: RollbackAnswer) throws {
        switch answer {
        case .outcome(let outcome): try show(outcome)
        case .planned(let preview): try show(preview)
        }
    }

    /// Shows the pull request that reverts a patch on a forge.
    func showProposed(_ url: String) throws { try print(Document(outcome: "proposed", reason: url), url) }

    /// Shows what would be asked of a forge.
    ///
    /// - Parameter url: the pull request that is open for it already.
    func showPlan(of patch: PatchRecord, open url: String?) throws {
        let words =
            url.map { "the revert of patch \(patch.id.short) '\(patch.title)' is open: \($0)" }
            ?? "would open a pull request that reverts patch \(patch.id.short) '\(patch.title)' on '\(patch.target)'"
        var document = Document(outcome: "planned", reason: url, target: patch.target, members: [patch.id])
        document.commits = patch.landed.map { [Document.Commit(id: $0, title: patch.title)] }
        try print(document, words)
    }

    private func show(_ preview: RollbackPreview) throws {
        if output.json {
            let document = Document(
                outcome: "planned", target: preview.target, members: preview.members.map(\.id),
                commits: preview.commits.map { Document.Commit(id: $0.id, title: $0.title) }, checks: preview.checks)
            return output.console.result(try JSONText.encode(document))
        }
        for member in preview.members {
            output.console.result(
                safeForTerminal("would take back patch \(member.id.short) '\(member.title)' on '\(preview.target)'"))
        }
        for commit in preview.commits {
            output.console.result(
                safeForTerminal("would revert \(commit.id.short) '\(commit.title)' on '\(preview.target)'"))
        }
        let names = preview.checks.map { "'\($0)'" }.joined(separator: ", ")
        let tests = names.isEmpty ? "" : "test it with \(names), then "
        output.console.note(
            safeForTerminal("would build the revert on \(preview.base.short), \(tests)push it to '\(remote)'"))
    }

    private func show(_ outcome: RollbackOutcome) throws {
        switch outcome {
        case .reverted(let receipt):
            try print(
                Document(outcome: "reverted", receipt: receipt),
                "'\(receipt.target)' is now \(receipt.landed.short), without the change")
        case .nothingToDo:
            try print(Document(outcome: "nothing-to-do"), "the target does not have the change any more")
        case .conflict(let paths):
            try refuse(
                "conflict", "later work builds on it", paths: paths, hint: "take that back first, or revert by hand")
        case .red(let names):
            try refuse(
                "red", "the target without it fails " + names.map { "'\($0)'" }.joined(separator: ", "),
                hint: "type 'git automerge log' to see what landed since")
        case .stopped(let stop):
            try refuse(
                "stopped", "stopped by \(stop.by) at \(stop.at): \(stop.reason)",
                hint: "type 'git automerge resume' first")
        case .refused(let words): try refuse("refused", "the server refused it: \(words)", hint: nil)
        case .impossible(let reason): try refuse("impossible", reason, hint: nil)
        case .misconfigured(let reason):
            try refuse("checks-undefined", reason, hint: nil, status: ExitStatus.configuration)
        }
    }

    private func print(_ document: Document, _ line: String) throws {
        output.console.result(output.json ? try JSONText.encode(document) : safeForTerminal(line))
    }

    private func refuse(
        _ code: String, _ text: String, paths: [String] = [], hint: String?, status: Int32 = ExitStatus.refused
    ) throws {
        if output.json {
            output.console.result(try JSONText.encode(Document(outcome: code, reason: text, paths: paths)))
        }
        output.console.report(text, paths: paths, hints: hint.map { [$0] } ?? [])
        throw ExitCode(status)
    }
}

import ArgumentParser
import Automerge
import CommandOptions
import Console
import GitValues
import PlainRemote
import Store

/// Prints what came of a consolidation.
struct ConsolidationRendering {
    let output: OutputOptions
    let target: String

    private struct Document: Encodable {
        struct Left: Encodable {
            var patch: RecordID
            var reason: String
            var paths: [String]
        }

        var version = 1
        /// `planned`, `created`, `refused` or `failed`.
        var outcome: String
        var patch: PatchJSON?
        var members: [RecordID]
        var left: [Left]
        var errors: [ProblemDocument]?
    }

    func show(_ outcome: ConsolidationOutcome) throws {
        let problem = problem(of: outcome)
        if output.json {
            let word =
                switch outcome.end {
                case .planned: "planned"
                case .created: "created"
                case .red: "failed"
                default: "refused"
                }
            let document = Document(
                outcome: word, patch: patch(of: outcome), members: outcome.members.map(\.document.id),
                left: outcome.left.map { .init(patch: $0.document.id, reason: $0.reason, paths: $0.paths) },
                errors: problem.map { [ProblemDocument(code: $0.code, message: $0.text, hint: $0.hint)] })
            output.console.result(try JSONText.encode(document))
        } else {
            showText(outcome)
        }
        guard let problem else { return }
        output.console.report(safeForTerminal(problem.text), hints: problem.hint.map { [$0] } ?? [])
        throw ExitCode(problem.status)
    }

    private func patch(of outcome: ConsolidationOutcome) -> PatchJSON? {
        var patch = outcome.patch.map { PatchJSON($0) }
        patch?.url = outcome.url
        patch?.number = outcome.number
        if outcome.waits != nil, outcome.url == nil { patch?.state = PatchRecord.State.queued.rawValue }
        return patch
    }

    private func showText(_ outcome: ConsolidationOutcome) {
        var table = Table()
        for member in outcome.members {
            table.add([
                "in", member.document.id.short, safeForTerminal(member.document.title), safeForTerminal(member.reason),
            ])
        }
        for entry in outcome.left {
            let paths = entry.paths.isEmpty ? "" : ": " + entry.paths.prefix(5).joined(separator: ", ")
            table.add([
                "out", entry.document.id.short, safeForTerminal(entry.document.title),
                safeForTerminal(entry.reason + paths),
            ])
        }
        let console = output.console
        for line in table.lines(width: console.output.isInteractive ? console.output.width : nil) {
            console.result(line)
        }
        guard let patch = outcome.patch else { return }
        if !outcome.untested.isEmpty {
            let names = outcome.untested.map { "'\($0)'" }.joined(separator: ", ")
            console.note(safeForTerminal("only the forge runs \(names)"))
        } else if outcome.tested.isEmpty {
            console.note("nothing was tested here: no check is asked for")
        }
        if let reason = outcome.waits {
            let words = outcome.url == nil ? "will be opened" : "is not all it is to be"
            console.result(safeForTerminal("queued: \(patch.id.short) '\(patch.title)' \(words); \(reason)"))
            if let url = outcome.url { console.result(safeForTerminal(url)) }
            return
        }
        let armed = patch.state == .armed ? "lands by itself" : "is open"
        console.result(
            safeForTerminal("\(patch.id.short) '\(patch.title)' on '\(patch.branch)' \(armed) for '\(patch.target)'"))
        if patch.state != .armed { console.hint("type 'git automerge enable \(patch.id.short)' to let it land") }
        if let url = outcome.url { console.result(safeForTerminal(url)) }
    }

    private struct Problem {
        var code: String
        var text: String
        var hint: String?
        var status = ExitStatus.refused
    }

    private func problem(of outcome: ConsolidationOutcome) -> Problem? {
        switch outcome.end {
        case .planned, .created: nil
        case .nothingToCombine:
            Problem(
                code: "nothing-to-combine", text: "fewer than two patches for '\(target)' go together",
                hint: "type 'git automerge status' to see the patches")
        case .red(let checks) where outcome.members.count > 1:
            Problem(
                code: "red",
                text: "the combination is red: \(checks.joined(separator: ", ")) failed; nothing was pushed",
                hint: "type 'git automerge consolidate --without-red' to combine the others")
        case .red(let checks):
            Problem(
                code: "red", text: "no two of them are green together: \(checks.joined(separator: ", ")) failed",
                hint: "type 'git validate history' to see the checks' logs")
        case .misconfigured(let reason):
            Problem(code: "checks-undefined", text: reason, status: ExitStatus.configuration)
        case .impossible(let reason): Problem(code: "impossible", text: reason)
        case .refused(let words): Problem(code: "remote-refused", text: "the remote refused the patch: \(words)")
        case .stopped(let stop):
            Problem(
                code: "stopped", text: "stopped by \(stop.by) at \(stop.at): \(stop.reason)",
                hint: "type 'git automerge resume' first")
        }
    }
}

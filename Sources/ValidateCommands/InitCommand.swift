import ArgumentParser
import CommandOptions
import Console
import GitValues
import Settings
import Store
import SystemPackage
import Validation

/// `git validate init`.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Propose checks for what lies here, and write .gitpatch.")

    @Flag(help: "Only show what would be written.")
    var dryRun = false

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let desk = try await Desk.open()
        let console = options.console
        let proposal = Proposal(for: desk.location.worktree)
        guard !proposal.checks.isEmpty else { throw InitProblem.nothingFound }
        if dryRun {
            if options.json { try printJSON(proposal, written: false) } else { console.raw(proposal.text) }
            return
        }
        let path = FilePath(desk.location.worktree).appending(CommittedFile.path)
        do {
            let file = try FileDescriptor.open(
                path, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
            try file.closeAfter { _ = try file.writeAll(proposal.text.utf8) }
        } catch Errno.fileExists {
            throw InitProblem.exists
        } catch let error as Errno {
            throw InitProblem.cannotWrite("\(error)")
        }
        if options.json { return try printJSON(proposal, written: true) }
        for check in proposal.checks {
            let note = check.missing.map { " (switched off: '\($0)' is not installed here)" } ?? ""
            console.result("\(check.name): \(check.reason)\(note)")
        }
        console.note("wrote .gitpatch")
        if proposal.usable.isEmpty {
            console.warning("every check in it is switched off: what it runs is not installed here")
            return console.hint("install that, or change the lines, and take away the '#' before them")
        }
        console.hint("look at it, commit it, then type 'git validate'")
    }

    private func printJSON(_ proposal: Proposal, written: Bool) throws {
        struct Document: Encodable {
            var version = 1
            var outcome: String
            var checks: [String]
            var switchedOff: [String]
            var text: String
        }
        let document = Document(
            outcome: written ? "written" : "planned", checks: proposal.usable.map(\.name),
            switchedOff: proposal.checks.filter { $0.missing != nil }.map(\.name), text: proposal.text)
        options.console.result(try JSONText.encode(document))
    }
}

/// Why no file was written.
private enum InitProblem: ProblemReport {
    case nothingFound
    case exists
    case cannotWrite(String)

    var problemCode: String {
        switch self {
        case .nothingFound: "nothing-found"
        case .exists: "file-exists"
        case .cannotWrite: "cannot-write"
        }
    }

    var exitStatus: Int32 {
        if case .cannotWrite = self { return 69 }
        return 1
    }

    var description: String {
        switch self {
        case .nothingFound: "nothing here tells which checks would fit"
        case .exists: ".gitpatch is there already"
        case .cannotWrite(let reason): "cannot write .gitpatch: \(reason)"
        }
    }

    var hints: [String] {
        switch self {
        case .nothingFound: ["write .gitpatch by hand:\n[check \"unit\"]\n    run = make test"]
        case .exists: ["type 'git validate init --dry-run' to see what would be proposed"]
        case .cannotWrite: []
        }
    }
}

import ArgumentParser
import CommandOptions
import Console
import GitValues
import Patches
import PlainRemote
import Store

/// `git patch status`: where everything stands and what to type next.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show open patches, what waits, and what to type next.",
        usage: "git patch status [<options>]")

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let workspace = try await output.openWorkspace()
        let session = try await Session.read(workspace)
        let guidance = try await session.guidance()
        session.deliverBehind()
        if output.json { return try output.printJSON(StatusJSON(guidance)) }
        let console = output.console
        for record in guidance.running { console.result("working: git patch \(record.command) (\(record.owner))") }
        if let current = guidance.current {
            console.result(
                "on patch \(current.id.short) '\(safeForTerminal(current.title))', \(current.state.rawValue)")
        } else {
            console.result("on \(safeForTerminal(guidance.head))")
        }
        var table = Table()
        for patch in guidance.open where patch.id != guidance.current?.id {
            table.add([patch.id.short, patch.state.rawValue, patch.branch, safeForTerminal(patch.title)])
        }
        for line in table.lines(width: console.output.isInteractive ? console.output.width : nil) {
            console.result(line)
        }
        for patch in guidance.open {
            if let record = guidance.forge[patch.id] { ForgeStatus.lines(patch, record).forEach(console.result) }
            if let words = guidance.unknown[patch.id] { console.result("\(patch.id.short) \(words)") }
        }
        var said: String?
        for request in guidance.requests {
            // What holds up one request holds up all that follow it: said once.
            let words = request.reason.map { $0.split(separator: "\n").joined(separator: "; ") }
            let reason = words == said ? "" : words.map { ": " + safeForTerminal($0) } ?? ""
            said = words
            let patch = guidance.open.first { $0.id == request.patch }.map { " (\($0.branch))" } ?? ""
            console.result("\(request.state.rawValue): \(request.kind.phrase(remote: request.remote))\(patch)\(reason)")
        }
        for line in guidance.kept.lines() { console.result(line) }
        for step in guidance.next { console.result("next: \(step.command)  (\(step.reason))") }
        if guidance.next.isEmpty { console.result("nothing to do") }
    }
}

/// What `status` prints with `--json`.
struct StatusJSON: Encodable {
    struct Step: Encodable {
        var command: String
        var reason: String
    }

    var version = 1
    var head: String
    var current: RecordID?
    var patches: [PatchJSON]
    /// What was last seen of patches on a forge, by patch.
    var forge: [String: ForgeRecord.Seen]
    var requests: [RequestJSON]
    var next: [Step]

    init(_ guidance: Guidance) {
        head = guidance.head
        current = guidance.current?.id
        patches = guidance.open.map(PatchJSON.init)
        forge = guidance.forge.reduce(into: [:]) { $0[$1.key.text] = $1.value.seen }
        requests = (guidance.requests + guidance.kept).map(RequestJSON.init)
        next = guidance.next.map { Step(command: $0.command, reason: $0.reason) }
    }
}

extension [RequestRecord] {
    /// Deletions that were refused for good: one line for each remote and reason.
    fileprivate func lines() -> [String] {
        var groups: [(first: RequestRecord, count: Int)] = []
        for request in self {
            let index = groups.firstIndex { $0.first.remote == request.remote && $0.first.answer == request.answer }
            if let index { groups[index].count += 1 } else { groups.append((request, 1)) }
        }
        return groups.map { request, count in
            let branch = Delivery.branchToDelete(request) ?? "a branch"
            let more = count == 1 ? "" : " and \(count - 1) more"
            return safeForTerminal(
                "refused: \(request.kind.phrase(remote: request.remote)) (\(branch)\(more)): \(request.answer)")
        }
    }
}

extension RequestRecord {
    /// What the server said, without the name of the branch it said it of.
    fileprivate var answer: String {
        let words = reason?.split(separator: "\n").joined(separator: "; ") ?? "no reason given"
        guard let branch = Delivery.branchToDelete(self) else { return words }
        return words.replacing("refs/heads/\(branch)", with: "the branch").replacing("'\(branch)'", with: "the branch")
    }
}

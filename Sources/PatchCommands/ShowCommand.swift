import ArgumentParser
import CommandOptions
import Console
import GitValues
import Patches
import Store

/// `git patch show`: one patch with everything known about it.
struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one patch: where it stands, its requests, its commits.",
        usage: "git patch show [<patch>] [<options>]")

    @Argument(help: "The patch, by its id, branch, title or '#number'; that of the current branch without it.")
    var patch: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let workspace = try await output.openWorkspace()
        let session = try await Session.read(workspace)
        let patch = try await session.choosePatch(patch)
        let requests = try session.store.requests(ofPatch: patch.id)
        if output.json { return try output.printJSON(ShowJSON(patch, requests)) }
        let console = output.console
        var table = Table()
        table.add(["patch", patch.id.text])
        table.add(["title", safeForTerminal(patch.title)])
        table.add(["state", patch.state.rawValue])
        table.add(["branch", patch.branch])
        table.add(["target", patch.target + (patch.remote.map { " on '\($0)'" } ?? ", kept local")])
        if let below = patch.stackedOn { table.add(["stacked on", below.short]) }
        table.add(["base", patch.base?.short ?? "none: a root commit"])
        table.add(["commit", patch.commit.hex])
        if let landed = patch.landed { table.add(["landed as", landed.hex]) }
        if let reason = patch.engineReason { table.add(["made with", "\(patch.engine.rawValue): \(reason)"]) }
        if let url = patch.url { table.add(["url", safeForTerminal(url)]) }
        for request in requests {
            let reason = request.reason.map { ": " + safeForTerminal($0) } ?? ""
            table.add([request.kind.rawValue, request.state.rawValue + reason])
        }
        for line in table.lines(width: console.output.isInteractive ? console.output.width : nil) {
            console.result(line)
        }
    }
}

/// What `show` prints with `--json`.
struct ShowJSON: Encodable {
    var version = 1
    var patch: PatchJSON
    var requests: [RequestJSON]

    init(_ patch: PatchRecord, _ requests: [RequestRecord]) {
        self.patch = PatchJSON(patch)
        self.requests = requests.map(RequestJSON.init)
    }
}

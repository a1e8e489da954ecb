import ArgumentParser
import CommandOptions
import Console
import Patches
import Store

/// `git patch status`: where everything stands and what to type next.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show open patches, waiting requests and what to do next.",
        usage: "git patch status [<options>]")

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let workspace = try await output.openWorkspace()
        let session = try await Session.read(workspace)
        let requests = try session.store.openRequests()
        output.console.note(requests.isEmpty ? "nothing waits" : "\(requests.count) requests wait")
    }
}

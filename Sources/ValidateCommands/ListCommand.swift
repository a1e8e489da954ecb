import ArgumentParser
import CommandOptions
import Console
import GitValues
import Settings
import Store
import Validation

/// `git validate list`.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the checks that a commit defines.")

    @Argument(help: "The commit.")
    var revision = "HEAD"

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let desk = try await Desk.open()
        let request = try await desk.request(for: revision, tier: .complete)
        guard request.policy.hasCommittedFile else { throw ValidationProblem.noCommittedFile(revision) }
        let checks = request.policy.checks
        let console = options.console
        if options.json {
            console.result(try JSONText.encode(Document(checks: checks.map(Document.Check.init))))
            return
        }
        if checks.isEmpty { console.note("'\(revision)' defines no check") }
        var table = Table()
        for check in checks {
            let conditions =
                (check.shards > 1 ? ["\(check.shards) parts"] : []) + check.needs.map { "needs \($0)" }
                + check.paths.map { "path \($0)" }
            table.add([
                safeForTerminal(check.name), check.tier.rawValue, safeForTerminal(check.run),
                safeForTerminal(conditions.joined(separator: ", ")),
            ])
        }
        for line in table.lines(width: console.output.isInteractive ? console.output.width : nil) {
            console.result(line)
        }
    }

    private struct Document: Encodable {
        struct Check: Encodable {
            var name: String
            var tier: String
            var run: String
            var needs: [String]
            var paths: [String]
            var inputs: [String]
            var timeout: Double
            /// How many parts it has; absent when it is not split.
            var shards: Int?

            init(_ check: CheckDefinition) {
                name = check.name
                tier = check.tier.rawValue
                run = check.run
                needs = check.needs
                paths = check.paths.map(\.description)
                inputs = check.inputs.map(\.description)
                timeout = check.timeout.seconds
                shards = check.shards > 1 ? check.shards : nil
            }
        }

        var version = 1
        var checks: [Check]
    }
}

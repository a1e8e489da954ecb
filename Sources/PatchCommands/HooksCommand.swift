package import ArgumentParser
import CommandOptions
import Console
import GitProcess
import Patches
import Store
import SystemPackage

/// `git patch hooks`.
package struct HooksCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "hooks", abstract: "Install, remove or inspect the git hooks of the suite",
        discussion: """
            The hooks validate what is pushed, start validation after a commit and clean up after a merge. Every hook
            that is there already keeps running, with its arguments and input. 'GITPATCH=0 git push' skips them once.

            Where core.hooksPath names a folder that is not ours to write in, a hook that is added there later is noticed
            by the next git command that runs a hook, and runs from the one after it; 'git patch hooks install' makes it
            run at once.
            """,
        subcommands: [Install.self, Uninstall.self, Status.self], defaultSubcommand: Status.self)

    package init() {}

    struct Install: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "install", abstract: "Install the hooks, or mend them")

        @OptionGroup var scope: ScopeOptions
        @OptionGroup var output: OutputOptions

        @Flag(help: .hidden) var refresh = false

        func run() async throws {
            let outcome =
                scope.global || refresh
                ? try await scope.hooks().install(isRefresh: refresh) : try await scope.change(.install, output)
            HooksText(console: output.console, asJSON: output.json).print(
                outcome.report, outcome: outcome.isChanged ? "installed" : "unchanged",
                title: outcome.isChanged ? "Hooks installed" : "Hooks are installed already")
        }
    }

    struct Uninstall: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "uninstall", abstract: "Remove the hooks and put back what was there")

        @OptionGroup var scope: ScopeOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let outcome =
                scope.global ? try await scope.hooks().uninstall() : try await scope.change(.uninstall, output)
            HooksText(console: output.console, asJSON: output.json).print(
                outcome.report, outcome: outcome.isChanged ? "removed" : "unchanged",
                title: outcome.isChanged ? "Hooks removed" : "No hooks of git-patch are installed")
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "status", abstract: "Show which hooks run")

        @OptionGroup var scope: ScopeOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let report = try await scope.hooks().status()
            let outcome = report.isComplete ? "installed" : report.isAbsent ? "absent" : "incomplete"
            let title =
                report.isComplete
                ? "Hooks are installed"
                : report.isAbsent ? "No hooks of git-patch are installed" : "Hooks of git-patch are not complete"
            HooksText(console: output.console, asJSON: output.json).print(report, outcome: outcome, title: title)
        }
    }

    struct ScopeOptions: ParsableArguments {
        @Flag(name: .long, help: "For all repositories of the user.")
        var global = false

        /// Changes the hooks of this repository; the journal knows of it.
        func change(_ kind: HooksStep.Kind, _ output: OutputOptions) async throws -> Hooks.Outcome {
            let session = try await Session.change(try await output.openWorkspace(), command: "hooks \(kind.rawValue)")
            return try await session.change(hooks: kind, program: CommandLine.arguments.first ?? "git-patch")
        }

        func hooks() async throws -> Hooks {
            let git = GitProgram(directory: FilePath("."))
            let scope = global ? HookScope.global : .repository(try await git.locate())
            return Hooks(scope, git: git, program: CommandLine.arguments.first ?? "git-patch")
        }
    }
}

/// What the subcommands print.
private struct HooksText {
    struct Document: Encodable {
        var version = 1
        var outcome: String
        var scope: String
        var placement: HooksReport.Placement
        var place: String
        var hooks: [HookReport]
        var passedOn: [String]
        var notPassedOn: [String]
    }

    let console: Console
    let asJSON: Bool

    func print(_ report: HooksReport, outcome: String, title: String) {
        if asJSON {
            let document = Document(
                outcome: outcome, scope: report.isGlobal ? "global" : "repository", placement: report.placement,
                place: report.place, hooks: report.hooks, passedOn: report.passedOn,
                notPassedOn: report.notPassedOn)
            // Strings always encode.
            if let text = try? JSONText.encode(document) { console.result(text) }
            return
        }
        if report.isAbsent {
            console.result("\(title).")
            if outcome == "absent" { console.hint("git patch hooks install") }
            return
        }
        console.result("\(title)\(report.isGlobal ? " for all repositories" : ""), in \(safeForTerminal(report.place))")
        if console.verbosity == .quiet { return }
        var table = Table()
        for hook in report.hooks {
            let before = hook.next.map { "then \(safeForTerminal($0))" } ?? ""
            table.add(["  \(hook.event)", hook.state.rawValue, before])
        }
        for line in table.lines() { console.result(line) }
        if !report.passedOn.isEmpty { console.result("  passed on: \(report.passedOn.joined(separator: ", "))") }
        if !report.notPassedOn.isEmpty {
            console.result("  not passed on yet: \(report.notPassedOn.joined(separator: ", "))")
        }
        if !report.isComplete {
            console.hint("git patch hooks install")
        } else if report.placement == .passOn, !report.isGlobal {
            console.hint("a hook that is added later runs at once after: git patch hooks install")
        }
    }
}

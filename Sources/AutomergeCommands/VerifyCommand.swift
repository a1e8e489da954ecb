import ArgumentParser
import Automerge
import CommandOptions
import Console
import GitProcess
import GitValues
import PlainRemote
import Settings
import Store

/// `git automerge verify`.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Audit what landed, from receipts and trees.",
        usage: "git automerge verify [<range>] [--target <branch>] [--strict]",
        discussion: """
            Looks whether each landing is what was tested: its tree, its base, its verdicts, and that every patch's \
            change is in it and nothing else. Ends with 1 when something is wrong.
            """)

    @Argument(help: "Commits of the target, as for 'git log': <rev>, <rev>..<rev>; default: all of it.")
    var range: String?

    @Option(help: ArgumentHelp("The target; default: every one with receipts.", valueName: "branch"))
    var target: String?

    @Flag(help: "Count a commit without a receipt as a problem.")
    var strict = false

    @OptionGroup var remote: RemoteOption
    @OptionGroup var output: OutputOptions

    private struct Document: Encodable {
        var version = 1
        var checked: Int
        var problems: [Audit.Problem]
    }

    func run() async throws {
        let desk = try await Desk.open(remote)
        let (state, offline) = try await desk.look(output.console)
        let elsewhere = try remoteOfPulls(desk, state)
        defer {
            if let elsewhere {
                output.console.hint(
                    safeForTerminal(
                        "the pull requests are on '\(elsewhere)': type 'git automerge verify --remote \(elsewhere)'"))
            }
        }
        var total = Audit.Report()
        var ways: [(target: String, way: WayBack)] = []
        for target in try targets(desk, state, offline) {
            let (tip, start) = try await bounds(desk, state, target)
            if let offline, try await !desk.remote.objects.missing([tip]).isEmpty { throw offline }
            let audit = Audit(objects: desk.remote.objects)
            var report = try await audit.run(
                tip: tip, of: state.branch(target), notIn: start, receipts: state.receipts[target], strict: strict)
            let name = desk.remote.connection.name
            for way in try await audit.waysBack(to: report.removed, tip: state.branch(target) ?? tip, remote: name) {
                ways.append((target, way))
                for index in report.problems.indices where report.problems[index].commit == way.commit {
                    report.problems[index].recovery = way.commands
                }
            }
            total.checked += report.checked
            total.problems += report.problems
        }
        if output.json {
            output.console.result(
                try JSONText.encode(Document(checked: total.checked, problems: total.problems)))
        } else {
            for problem in total.problems {
                output.console.result(
                    safeForTerminal("\(problem.commit.short)  \(problem.kind.rawValue): \(problem.detail)"))
            }
            let count = total.problems.count
            output.console.result(
                "\(total.checked) \(total.checked == 1 ? "commit" : "commits") checked, "
                    + (count == 0 ? "no problem" : "\(count) problem\(count == 1 ? "" : "s")"))
        }
        for (target, way) in ways { tell(way, target) }
        if !total.problems.isEmpty { throw ExitCode(ExitStatus.refused) }
    }

    private func tell(_ way: WayBack, _ target: String) {
        if let keep = way.keep {
            output.console.hint(safeForTerminal("to have \(way.commit.short) on a branch again: \(keep)"))
        }
        if let putBack = way.putBack {
            output.console.hint(safeForTerminal("to put it back on '\(target)': \(putBack)"))
        }
    }

    /// The remote whose pull requests this clone opened, where nothing has landed on the one that is looked at, as on a fork.
    private func remoteOfPulls(_ desk: Desk, _ state: RemoteState) throws -> String? {
        guard remote.remote == nil, desk.isOnForge, state.receipts.isEmpty else { return nil }
        let store = try desk.openStore()
        for patch in try store.patches() {
            let name = try ForgeRecord.look(patch.id, in: store).record?.remote
            if let name, name != desk.remote.connection.name { return name }
        }
        return nil
    }

    /// The targets that are meant; each of them is on the remote.
    ///
    /// - Parameter offline: why the remote could not be asked: then nothing is said about what is not known here.
    private func targets(_ desk: Desk, _ state: RemoteState, _ offline: RemoteProblem?) throws -> [String] {
        let names = try namedTargets(desk, state, offline)
        for name in names where state.branch(name) == nil && range == nil || name == target && !isKnown(name, state) {
            throw offline ?? QueueProblem.noSuchTarget(name, known: state.targets.sorted())
        }
        return names
    }

    private func isKnown(_ name: String, _ state: RemoteState) -> Bool {
        state.branch(name) != nil || state.receipts[name] != nil
    }

    private func namedTargets(_ desk: Desk, _ state: RemoteState, _ offline: RemoteProblem?) throws -> [String] {
        if let target { return [target] }
        let known = state.receipts.keys.sorted()
        let configured = desk.settings[PatchKeys.target]
        guard range != nil || known.isEmpty else { return known }
        if let only = configured ?? (known.count == 1 ? known[0] : nil) { return [only] }
        let usual = known + ["main", "master", "trunk"]
        guard let target = usual.first(where: { state.branch($0) != nil }) else {
            throw offline ?? QueueProblem.noTarget
        }
        return [target]
    }

    /// The newest commit and where the range ends.
    private func bounds(_ desk: Desk, _ state: RemoteState, _ target: String) async throws -> (ObjectID, [ObjectID]) {
        guard let range else {
            guard let tip = state.branch(target) else { throw QueueProblem.noSuchTarget(target, known: []) }
            return (tip, [])
        }
        let result = try await desk.git.run(["rev-parse", "--revs-only", "--end-of-options", range])
        let ids = result.lines.map {
            ($0.hasPrefix("^"), ObjectID(hex: $0.hasPrefix("^") ? String($0.dropFirst()) : $0))
        }
        let tips = ids.compactMap { $0.0 ? nil : $0.1 }
        guard result.succeeded, let tip = tips.first, tips.count == 1 else { throw QueueProblem.badRange(range) }
        return (tip, ids.compactMap { $0.0 ? $0.1 : nil })
    }
}

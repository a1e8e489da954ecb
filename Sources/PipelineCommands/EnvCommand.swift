package import ArgumentParser
import CommandOptions
import Console
import Environments
import GitProcess
import GitValues
import Settings
import Store
import SystemPackage
import Validation

/// `git validate env`.
package struct EnvCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "env", abstract: "Keep environments warm: what takes long to set up is made once and restored.",
        subcommands: [EnvListCommand.self, EnvWarmCommand.self, EnvPruneCommand.self],
        defaultSubcommand: EnvListCommand.self)

    package init() {}
}

/// `git validate env list`.
struct EnvListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Show what is kept.")

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let location = try await GitProgram(directory: ".").locate()
        let kept = EnvironmentStore(location.storeDirectory).list()
        let console = options.console
        if options.json {
            struct Document: Encodable {
                var version = 1
                var environments: [EnvironmentStore.Info]
            }
            return console.result(try JSONText.encode(Document(environments: kept.map(\.info))))
        }
        guard !kept.isEmpty else { return console.note("no environment is kept") }
        var table = Table()
        table.add(["environment", "id", "files", "size", "setup took", "last used"])
        for (info, used) in kept {
            let age = TimeSpan(seconds: Timestamp.now().seconds(since: used))
            table.add([
                safeForTerminal(info.name), String(info.id.prefix(12)), "\(info.files)",
                "\(ByteSize(bytes: info.bytes))",
                "\(TimeSpan(seconds: info.seconds))", "\(age) ago",
            ])
        }
        for line in table.lines() { console.result(line) }
    }
}

/// `git validate env warm`.
struct EnvWarmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "warm", abstract: "Make the environments of a commit that are not kept yet.")

    @Argument(help: "Which; all without any.")
    var names: [String] = []

    @Option(help: "The commit they are made for.")
    var revision = "HEAD"

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let location = try await GitProgram(directory: ".").locate()
        let git = GitProgram(directory: FilePath(location.worktree))
        let candidate: Candidate
        do {
            candidate = try await git.candidate(revision)
        } catch ValidationProblem.unknownRevision("HEAD") {
            throw ValidationProblem.unborn
        }
        let settings = try await Settings.load(git: git, committed: candidate.committed)
        // Nothing is judged here, so what others have set up will do.
        let request = ValidationRequest(
            location: location, git: git, commit: candidate.commit, tree: candidate.tree, policy: settings,
            tier: .standard)
        let console = options.console
        let names = names
        let warmed = try await Interruption.run {
            let store = try Store.open(directory: location.storeDirectory)
            return try await warmEnvironments(names, for: request, store: store)
        }
        if options.json { return console.result(try JSONText.encode(WarmDocument(warmed))) }
        if warmed.isEmpty { console.note("no environment is defined") }
        for item in warmed {
            let time = TimeSpan(seconds: item.seconds)
            let how = item.placing.map { ", \($0.rawValue)" } ?? ""
            let size =
                item.bytes.map { "\(files(item.files ?? 0)), \(ByteSize(bytes: $0))\(how)" }
                ?? "not kept: a key tells nothing"
            console.result(
                "\(safeForTerminal(item.name)): \(safeForTerminal(item.origin.description)) (\(time); \(size))")
        }
    }

    private func files(_ count: Int) -> String { count == 1 ? "1 file" : "\(count) files" }

    private struct WarmDocument: Encodable {
        struct Item: Encodable {
            var name: String
            var id: String?
            var wasWarm: Bool
            var origin: String
            var placing: String?
            var files: Int?
            var bytes: Int64?
            var seconds: Double
        }
        var version = 1
        var environments: [Item]

        init(_ warmed: [WarmedEnvironment]) {
            environments = warmed.map { item in
                Item(
                    name: item.name, id: item.id, wasWarm: item.origin == .kept,
                    origin: item.origin.description, placing: item.placing?.rawValue,
                    files: item.files, bytes: item.bytes, seconds: item.seconds)
            }
        }
    }
}

/// `git validate env prune`.
struct EnvPruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove what is too old or too much.")

    @Option(help: "The most that is kept (512m, 10g).")
    var maxSize = "10g"

    @Option(help: "How long something is kept without being used.")
    var maxAge = EnvironmentStore.defaultAge

    @OptionGroup var options: OutputOptions

    func validate() throws {
        if ByteSize(maxSize) == nil { throw ValidationError("--max-size takes a size (512m, 10g)") }
    }

    func run() async throws {
        let location = try await GitProgram(directory: ".").locate()
        let limit = ByteSize(maxSize) ?? ByteSize(bytes: EnvironmentStore.defaultBytes)
        let removed = EnvironmentStore(location.storeDirectory).prune(maxBytes: limit.bytes, maxAge: maxAge)
        let console = options.console
        if options.json {
            struct Document: Encodable {
                var version = 1
                var removed: [EnvironmentStore.Info]
            }
            return console.result(try JSONText.encode(Document(removed: removed)))
        }
        for info in removed { console.result("removed \(safeForTerminal(info.name)) (\(info.id.prefix(12)))") }
        if removed.isEmpty { console.note("nothing to remove") }
    }
}

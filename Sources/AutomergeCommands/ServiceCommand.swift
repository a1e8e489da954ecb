import ArgumentParser
import Automerge
import CommandOptions
import Console
import GitProcess
import GitValues
import Store
import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `git automerge service`.
struct ServiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "service", abstract: "Keep a worker running for this repository while you are logged in.",
        subcommands: [Install.self, Uninstall.self])

    /// `git automerge service install`.
    struct Install: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "install", abstract: "Install and start the service: a systemd user unit or a launchd agent.",
            usage: "git automerge service install [--print] [--jobs <n>] [--remote <name>]")

        @Flag(help: "Print the definition and where it would go; change nothing.")
        var print = false

        @Option(name: [.short, .long], help: ArgumentHelp("How many checks run at once.", valueName: "n"))
        var jobs: Int?

        @OptionGroup var remote: RemoteOption
        @OptionGroup var output: OutputOptions

        func validate() throws {
            if let jobs, jobs < 1 { throw ValidationError("--jobs takes a number of at least 1") }
        }

        func run() async throws {
            let desk = try await Desk.open(remote)
            let arguments =
                (jobs.map { ["--jobs", "\($0)"] } ?? []) + (remote.remote.map { ["--remote", $0] } ?? [])
            let service = try ServiceDesk(desk: desk, output: output, arguments: arguments)
            if print { return try service.show("planned", service.unit.text) }
            try service.install()
            let problem = await service.perform(service.unit.start(path: service.path))
            try service.show("installed", "installed \(service.path)")
            if let problem {
                output.console.warning("it is installed and does not run yet: \(safeForTerminal(problem))")
            }
        }
    }

    /// `git automerge service uninstall`.
    struct Uninstall: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "uninstall", abstract: "Stop the service of this repository and remove its definition.",
            usage: "git automerge service uninstall")

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let desk = try await Desk.open(try RemoteOption.parse([]))
            let service = try ServiceDesk(desk: desk, output: output, arguments: [])
            guard access(service.path, F_OK) == 0 else {
                return try service.show("nothing-to-do", "no service is installed for this repository")
            }
            let problem = await service.perform(service.unit.end(path: service.path))
            guard unlink(service.path) == 0 else {
                throw QueueProblem.cannotWrite(service.path, String(cString: strerror(errno)))
            }
            try service.show("uninstalled", "removed \(service.path)")
            if let problem { output.console.warning("it may still run: \(safeForTerminal(problem))") }
        }
    }
}

/// The service of the repository at hand.
private struct ServiceDesk {
    let desk: Desk
    let output: OutputOptions
    let unit: ServiceUnit
    let path: String

    private struct Document: Encodable {
        var version = 1
        var outcome: String
        var path: String
        var text: String
    }

    init(desk: Desk, output: OutputOptions, arguments: [String]) throws {
        self.desk = desk
        self.output = output
        guard let home = ProcessEnvironment.value(of: "HOME"), let program = runningProgram() else {
            throw QueueProblem.noHome
        }
        #if os(Linux)
            let kind = ServiceUnit.Kind.systemd
        #else
            let kind = ServiceUnit.Kind.launchd
        #endif
        unit = ServiceUnit(kind: kind, program: program, arguments: arguments, location: desk.location)
        path = unit.path(home: home, configuration: ProcessEnvironment.value(of: "XDG_CONFIG_HOME"))
    }

    func show(_ outcome: String, _ line: String) throws {
        if output.json {
            return output.console.result(try JSONText.encode(Document(outcome: outcome, path: path, text: unit.text)))
        }
        if outcome == "planned" { output.console.note(safeForTerminal("# \(path)")) }
        output.console.result(safeForTerminal(line, multiline: true))
    }

    /// Writes the definition: beside its place first, then renamed over whatever is there.
    func install() throws {
        var folder = ""
        for part in path.split(separator: "/").dropLast() {
            folder += "/" + part
            if mkdir(folder, 0o755) != 0, errno != EEXIST, errno != EROFS, errno != EACCES {
                throw QueueProblem.cannotWrite(folder, String(cString: strerror(errno)))
            }
        }
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw QueueProblem.cannotWrite(path, String(cString: strerror(errno))) }
        let bytes = Array(unit.text.utf8)
        let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        guard count == bytes.count, rename(temporary, path) == 0 else {
            unlink(temporary)
            throw QueueProblem.cannotWrite(path, String(cString: strerror(errno)))
        }
    }

    /// Runs commands of the service manager; answers with what went wrong.
    func perform(_ commands: [[String]]) async -> String? {
        for words in commands {
            let command = ShellCommand(
                words: words, in: FilePath(desk.location.worktree), environment: ProcessEnvironment.all,
                timeout: TimeSpan(seconds: 30))
            do {
                let guardian = try ProcessGuard()
                defer { guardian.end() }
                let outcome = try await command.run(under: guardian) { _ in }
                guard outcome.ending == .exited(0) else {
                    return "'\(words.joined(separator: " "))' did not succeed; type it to see why"
                }
            } catch {
                return "'\(words[0])' cannot be started; start 'git automerge run --watch' yourself"
            }
        }
        return nil
    }
}

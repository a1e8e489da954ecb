import ArgumentParser
import CommandOptions
import Console
import GitValues
import Pipelines
import Settings
import Store
import SystemPackage
import Validation

/// `git validate ci image`.
struct CIImageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Write the Containerfile of a runner that has what the checks need.",
        discussion: """
            It starts from ci.base, adds ci.package and ci.setup, then makes every environment from the files among its \
            keys; checks run in it as a user without rights. Build it with: podman build -f Containerfile .
            """)

    @Option(help: "The file, relative to the top of the repository.")
    var output = "Containerfile"

    @Flag(help: "Write nothing; fail when the file is not what it should be.")
    var check = false

    @Flag(help: "Print the file instead of writing it.")
    var stdout = false

    @OptionGroup var options: OutputOptions

    func validate() throws {
        if check && stdout { throw ValidationError("--check and --stdout exclude each other") }
        if output.isEmpty { throw ValidationError("--output takes the name of a file") }
        if output.hasPrefix("/") || output.split(separator: "/").contains("..") {
            throw ValidationError("--output takes a path inside the repository, relative to its top; else use --stdout")
        }
    }

    func run() async throws {
        let desk = try await PipelineDesk.open()
        let console = options.console
        let top = FilePath(desk.location.worktree)
        let environments = try desk.settings.environments().map { environment in
            Containerfile.Environment(
                name: environment.name, setup: environment.setup,
                files: environment.keys.filter { TextFile.bytes(top.appending($0)) != nil }, paths: environment.paths)
        }
        let text = try Containerfile(settings: desk.settings, environments: environments).text
        if stdout { return console.raw(text) }
        let path = top.pushing(FilePath(output))
        let existing = TextFile.read(path)
        let isSame = existing == text
        if check && !isSame { throw ImageProblem.stale(output) }
        if !isSame {
            if TextFile.exists(path), existing?.hasPrefix(Containerfile.title) != true {
                throw ImageProblem.foreignFile(output)
            }
            do {
                try TextFile.replace(path, with: text)
            } catch {
                throw ImageProblem.cannotWrite(path: output, reason: "\(error)")
            }
        }
        if options.json {
            struct Document: Encodable {
                var version = 1
                var outcome: String
                var path: String
                var environments: [String]
            }
            return console.result(
                try JSONText.encode(
                    Document(
                        outcome: isSame ? "unchanged" : "written", path: output, environments: environments.map(\.name))
                ))
        }
        console.result("\(safeForTerminal(output)): \(isSame ? "up to date" : "written")")
        if !isSame { console.hint("build it: podman build -t checks -f \(safeForTerminal(output)) .") }
    }
}

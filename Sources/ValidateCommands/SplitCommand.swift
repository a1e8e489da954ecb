import ArgumentParser
import CommandOptions
import Console
import GitProcess
import Store
import SystemPackage
import Validation

/// `git validate split`.
struct SplitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "split", abstract: "Print the names on standard input that belong to this part of a check.",
        discussion: """
            Names are lines. Each is in exactly one part, whatever their order; parts take about as long, as far as times \
            are known. Which part it is says the environment of a check with 'shards', or --shard.

            Take the names into a variable: a further pipe would hide that this command has refused, and a part without \
            names passes.

              t=$(git ls-files 'tests/*.py' | git validate split) && { test -z "$t" || pytest $t; }
            """)

    @Option(
        name: .customLong("timings"),
        help: ArgumentHelp("A JUnit file that says how long names took; may be repeated.", valueName: "file"))
    var files: [String] = []

    @Option(help: ArgumentHelp("Which part, of how many.", valueName: "i/n"))
    var shard: ShardChoice?

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let choice = try shard ?? ShardChoice.ofEnvironment(ProcessEnvironment.all)
        let names = try Split.names(in: try PipedNames.read())
        var times = RecordedTimes()
        let tree = ProcessEnvironment.value(of: "GITPATCH_TREE")
        for file in files { try await times.add(file, tree: tree, GitProgram(directory: ".")) }
        try SplitNote.compare(Split.digest(of: names, seconds: times.seconds), ProcessEnvironment.all)
        let known = names.filter { times.seconds($0) != nil }.count
        let mine = Split.part(choice, of: names, seconds: times.seconds)
        let console = options.console
        if options.json {
            let texts = mine.map { String(decoding: $0, as: UTF8.self) }
            console.result(
                try JSONText.encode(Document(part: choice.text, names: texts, of: names.count, timed: known)))
        } else {
            console.raw(bytes: mine.flatMap { $0 + [UInt8(ascii: "\n")] })
        }
        if mine.isEmpty { console.note("part \(choice.text) has nothing to do: there are fewer names than parts") }
        console.detail(
            "part \(choice.text): names here \(mine.count), in all \(names.count), of which \(known) have a time")
        if !files.isEmpty, known == 0 {
            console.warning("no name is in the files of --timings: parts have as many names")
        }
    }

    private struct Document: Encodable {
        var version = 1
        var part: String
        var names: [String]
        /// How many there are in all parts.
        var of: Int
        /// How many of these have a time.
        var timed: Int
    }
}

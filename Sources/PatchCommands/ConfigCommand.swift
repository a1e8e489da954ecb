import ArgumentParser
import CommandOptions
import Console
import GitProcess
import GitValues
import Settings
import SystemPackage

/// `git patch config`: which settings count, and where they come from.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Show the settings and where they come from.",
        usage: "git patch config [--explain <key>] [--all] [<options>]",
        discussion: "Set them with 'git config', or for all clones in the committed file .gitpatch.")

    @Option(name: .long, help: ArgumentHelp("Tell all that is known of one key.", valueName: "key"))
    var explain: String?

    @Flag(name: .long, help: "Show keys that nobody sets, too.")
    var all = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let git = GitProgram(directory: ".").readOnly
        let location = try await git.locate()
        let file = try CommittedFile.onDisk(worktree: location.worktree)
        let (settings, problems) = try await Settings.inspect(git: git, committed: file)
        let shown = try explain.map { [try settings.explanation(of: $0)] } ?? settings.explanations(all: all)
        if output.json {
            try output.printJSON(
                ConfigJSON(settings: shown.map(SettingJSON.init), errors: problems.map(ProblemDocument.init)))
            if !problems.isEmpty { throw ExitCode(ExitStatus.configuration) }
            return
        }
        let console = output.console
        if explain != nil {
            for line in shown.flatMap(\.lines) { console.result(safeForTerminal(line)) }
        } else {
            show(shown, console)
        }
        for notice in settings.notices { console.warning(safeForTerminal(notice.description)) }
        if let error = SettingsError(problems) { throw error }
    }

    private func show(_ settings: [SettingExplanation], _ console: Console) {
        var table = Table()
        for setting in settings {
            for winner in setting.winners { table.add(row(setting.name, winner.value, "\(winner.origin)")) }
            if setting.winners.isEmpty {
                let fallback = setting.definition.fallback
                table.add(row(setting.name, fallback ?? "", fallback == nil ? "not set" : "default"))
            }
        }
        if table.isEmpty { return console.note("nothing is set; --all shows the defaults") }
        for line in table.lines(width: console.output.isInteractive ? console.output.width : nil) {
            console.result(line)
        }
    }

    private func row(_ cells: String...) -> [String] { cells.map { safeForTerminal($0) } }
}

/// What `git patch config --json` prints.
private struct ConfigJSON: Encodable {
    var version = 1
    var settings: [SettingJSON]
    var errors: [ProblemDocument]
}

/// One key with the values that count and the ones that do not.
private struct SettingJSON: Encodable {
    var key: String
    var values: [String]
    var summary: String
    var form: String
    var fallback: String?
    var places: [PlaceJSON]

    enum CodingKeys: String, CodingKey {
        case key, values, summary, form, places
        case fallback = "default"
    }

    init(_ setting: SettingExplanation) {
        key = setting.name
        values = setting.winners.map(\.value)
        summary = setting.definition.summary
        form = setting.definition.form
        fallback = setting.definition.fallback
        places = setting.winners.map { PlaceJSON($0, used: true) } + setting.losers.map { PlaceJSON($0, used: false) }
    }
}

/// One place that sets a key.
private struct PlaceJSON: Encodable {
    var value: String
    var scope: String
    var source: String
    var line: Int?
    var used: Bool

    init(_ entry: SettingEntry, used: Bool) {
        value = entry.value
        scope = entry.origin.scope.rawValue
        source = entry.origin.source
        line = entry.origin.line
        self.used = used
    }
}

import ArgumentParser
import CommandOptions
import Console
import GitValues
import Pipelines
import Settings
import Store
import SystemPackage

/// `git validate ci analyze`.
struct CIAnalyzeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyze", abstract: "Judge workflows: what they take, what they cost, what could be better.",
        discussion: """
            Times come from --history (the forge's answer for the jobs of a run, or the log of act --json); without it they \
            are rough guesses and marked with '~', save those that a generated file was planned with. Prices hold where minutes are billed; public repositories run free. \
            For the jobs of .gitpatch it says which runner is enough, once each check has passed three times here.
            """)

    @Argument(help: "The workflows; without any, those of the repository.")
    var files: [String] = []

    @Option(help: "A file with recorded runs.")
    var history: String?

    @Option(help: "How many runs a month has.")
    var runsPerMonth = 300

    @Flag(help: "Print a patch of the safe fixes instead: git apply takes it.")
    var fix = false

    @Flag(help: "Print SARIF, as code scanning takes it.")
    var sarif = false

    @OptionGroup var options: OutputOptions

    func validate() throws {
        if [fix, sarif, options.json].filter({ $0 }).count > 1 {
            throw ValidationError("--fix, --sarif and --json exclude each other")
        }
        guard (0...1_000_000_000).contains(runsPerMonth) else {
            throw ValidationError("--runs-per-month takes a number from 0 to a billion")
        }
    }

    func run() async throws {
        let console = options.console
        // Outside a repository files are judged by themselves.
        let desk: PipelineDesk?
        do {
            desk = try await PipelineDesk.open()
        } catch  where !files.isEmpty {
            desk = nil
        }
        let top = FilePath(desk?.location.worktree ?? ".")
        let times = try history.map { path throws -> RunTimes in
            guard let text = TextFile.read(FilePath(path)) else { throw AnalyzeProblem.unreadable(path) }
            return try RunTimes(text, path: path)
        }
        let lines = desk?.settings.checks.map(\.run) ?? []
        var analyses: [Analysis] = []
        var broken: [YAMLProblem] = []
        for file in try paths(top) {
            guard let bytes = TextFile.bytes(file.place) else {
                broken.append(YAMLProblem(unreadable: file.shown))
                continue
            }
            let root = file.root
            let times = times ?? RunTimes(plannedIn: String(decoding: bytes, as: UTF8.self)) ?? RunTimes()
            do {
                analyses.append(
                    try Analysis(
                        AnalysisRequest(path: file.shown, bytes: bytes, times: times, checkLines: lines) {
                            path in
                            path.split(separator: "/").contains("..")
                                ? nil : TextFile.bytes(root.pushing(FilePath(path)))
                        }))
            } catch {
                broken.append(error)
            }
        }
        let advice = files.isEmpty ? try await desk?.advice(runsPerMonth: runsPerMonth) ?? [] : []
        if fix {
            let patches = analyses.map(\.patch).filter { !$0.isEmpty }
            if patches.isEmpty { console.note("nothing can be fixed without looking") }
            for patch in patches { console.result(patch) }
        } else if sarif {
            console.result(try SARIF.text(analyses, broken))
        } else if options.json {
            console.result(
                try JSONText.encode(AnalysisDocument(analyses, broken, advice, runsPerMonth: runsPerMonth)))
        } else {
            for analysis in analyses {
                AnalysisRendering(console: console, runsPerMonth: runsPerMonth, isVerbose: options.verbose).show(
                    analysis)
            }
            AdviceRendering(console: console, runsPerMonth: runsPerMonth).show(advice)
            if history == nil, analyses.contains(where: \.graph.isGuess) {
                console.hint("'~' is a guess; for times of a run add --history FILE: \(HistoryProblem.export)")
            }
        }
        for problem in broken { console.report(problem.description, paths: [], hints: problem.hints) }
        // What could be judged was; the rest was asked for as well.
        if let problem = broken.first { throw ExitCode(problem.exitStatus) }
    }

    private struct File {
        let place: FilePath
        let shown: String
        /// The top of the repository the file lies in, where that can be told.
        let root: FilePath
    }

    private func paths(_ top: FilePath) throws -> [File] {
        let folders = [".github/workflows", ".gitea/workflows", ".forgejo/workflows"]
        if !files.isEmpty {
            return files.map { file in
                for folder in folders {
                    let parts = file.components(separatedBy: folder + "/")
                    guard parts.count == 2 else { continue }
                    return File(
                        place: FilePath(file), shown: "\(folder)/\(parts[1])",
                        root: FilePath(parts[0].isEmpty ? "." : parts[0]))
                }
                return File(place: FilePath(file), shown: file, root: top)
            }
        }
        let found = folders.flatMap { folder in
            TextFile.names(in: top.pushing(FilePath(folder))).filter { $0.hasSuffix(".yml") || $0.hasSuffix(".yaml") }
                .map { File(place: top.pushing(FilePath(folder + "/" + $0)), shown: folder + "/" + $0, root: top) }
        }
        guard !found.isEmpty else { throw AnalyzeProblem.noWorkflow }
        return found
    }
}

extension String {
    /// The pieces between a separator.
    fileprivate func components(separatedBy separator: String) -> [String] {
        guard let range = firstRange(of: separator) else { return [self] }
        return [String(self[..<range.lowerBound]), String(self[range.upperBound...])]
    }
}

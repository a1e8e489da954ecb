package import ArgumentParser
package import Console
package import GitProcess
package import GitValues
import Store
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The top level of an executable: parse, run, report, exit.
package enum Program {
    /// Parses the arguments as `root`, runs the command and ends the process with the promised exit code.
    ///
    /// A command ends with another code than 0 by throwing `ExitCode` after it has printed its own result, or by
    /// throwing a `ProblemReport`, which is printed here: as text, or as JSON when `--json` was given.
    ///
    /// - Parameter plain: runs the command, when the arguments were read without the parser; on the thread of the caller.
    package static func run(
        _ root: (some ParsableCommand).Type, arguments: [String], plain: (() async throws -> Void)? = nil
    ) async -> Never {
        signal(SIGPIPE, SIG_IGN)
        let options = arguments.prefix { $0 != "--" }
        let wantsJSON = options.contains("--json")
        let console = Console(verbosity: options.contains("--quiet") || options.contains("-q") ? .quiet : .normal)
        if wantsJSON {
            Interruption.otherwise { problem in
                console.report(problem.description)
                console.end(problem.exitStatus) { text(of: problem) }
            }
        }
        do {
            if let plain {
                try await plain()
                exit(ExitStatus.done)
            }
            let command: any ParsableCommand
            do { command = try root.parseAsRoot(arguments) } catch {
                if root.exitCode(for: error) == .success { root.exit(withError: error) }
                endWithUsage(root.message(for: error), CommandPath(root, arguments), console, asJSON: wantsJSON)
            }
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = command
                try command.run()
            }
        } catch let error as ExitCode {
            exit(error.rawValue)
        } catch let error as CleanExit {
            root.exit(withError: error)
        } catch let error as ValidationError {
            endWithUsage(error.message, CommandPath(root, arguments), console, asJSON: wantsJSON)
        } catch {
            // Help and version that were asked for arrive as errors of the parser's own.
            if root.exitCode(for: error) == .success { root.exit(withError: error) }
            exit(report(error, to: console, asJSON: wantsJSON))
        }
        exit(ExitStatus.done)
    }

    /// Tells what is known when a signal ends a command, beyond that it does: the text of its JSON.
    package static func tellOnSignal(_ describe: @escaping @Sendable (Interrupted) -> String?) {
        signalText.withLock { $0 = describe }
    }

    private static let signalText = Mutex<(@Sendable (Interrupted) -> String?)?>(nil)

    private static func text(of problem: Interrupted) -> String? {
        // A document of strings always encodes.
        signalText.withLock { $0 }?(problem) ?? (try? JSONText.encode(FailureDocument(problem)))
    }

    /// Ends the process over a problem that was found before the arguments were parsed.
    package static func end(with problem: any ProblemReport, arguments: [String]) -> Never {
        exit(report(problem, to: Console(), asJSON: arguments.prefix { $0 != "--" }.contains("--json")))
    }

    /// Prints any error as text, and as JSON when asked for; returns the exit code it stands for.
    package static func report(_ error: any Error, to console: Console, asJSON: Bool) -> Int32 {
        // The result is one object: what was printed already stands.
        let asJSON = asJSON && !Console.hasResult
        guard let problem = error as? any ProblemReport else {
            if asJSON { printJSON(FailureDocument(outcome: "failed", code: "internal", message: "\(error)")) }
            console.report("\(error)")
            return ExitStatus.internalError
        }
        if asJSON, let problem = problem as? Interrupted, let text = text(of: problem) {
            console.result(text)
        } else if asJSON {
            printJSON(FailureDocument(problem))
        }
        for part in problem.parts {
            console.report(part.description, paths: part.problemPaths, hints: part.hints)
        }
        return problem.exitStatus
    }

    /// Ends the process over a wrong command line, in git's form: `error: …` and what to type for help.
    private static func endWithUsage(
        _ message: String, _ path: CommandPath, _ console: Console, asJSON: Bool
    ) -> Never {
        let said = message.split(separator: "\n").first.map(String.init) ?? "the command line is wrong"
        // What follows a word that is no command is judged by nobody.
        let line = path.unknown.map { "'\(safeForTerminal($0))' is no command of '\(path.name)'" } ?? said
        if asJSON && !Console.hasResult {
            printJSON(FailureDocument(outcome: "failed", code: "usage", message: line))
        }
        console.report(
            line.prefix(1).lowercased() + line.dropFirst(),
            hints: ["type '\(path.name) -h' for its commands and options"])
        exit(ExitStatus.usage)
    }

    private static func printJSON(_ document: FailureDocument) {
        // A document of strings always encodes; were it not to, the error is still printed as text.
        if let text = try? JSONText.encode(document) { Console(verbosity: .quiet).result(text) }
    }
}

/// One problem in the `errors` of a command's JSON.
package struct ProblemDocument: Codable, Sendable {
    package var code: String
    package var message: String
    package var paths: [String]
    package var hint: String?

    /// Creates the document of a problem; several hints are joined by line feeds.
    package init(_ problem: any ProblemReport) {
        code = problem.problemCode
        message = problem.description
        paths = problem.problemPaths
        hint = problem.hints.isEmpty ? nil : problem.hints.joined(separator: "\n")
    }

    /// Creates a document from its parts.
    package init(code: String, message: String, paths: [String] = [], hint: String? = nil) {
        self.code = code
        self.message = message
        self.paths = paths
        self.hint = hint
    }
}

/// What `--json` prints when a command could not do its work.
package struct FailureDocument: Codable, Sendable {
    package var version = 1
    package var outcome: String
    package var errors: [ProblemDocument]

    init(_ problem: any ProblemReport) {
        outcome = problem.exitStatus == ExitStatus.refused ? "refused" : "failed"
        errors = problem.parts.map { ProblemDocument($0) }
    }

    init(outcome: String, code: String, message: String) {
        self.outcome = outcome
        errors = [ProblemDocument(code: code, message: message)]
    }
}

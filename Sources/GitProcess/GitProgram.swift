import GitValues
import Subprocess
package import SystemPackage

/// The `git` program, bound to a directory, an environment and settings for all its children.
///
/// Machine formats only: messages are forced to English, standard input is empty unless given, and monitors that a
/// child of ours must not start (`core.fsmonitor`, submodule recursion) are switched off unless asked for.
package struct GitProgram: Sendable {
    /// Where the children run.
    package var directory: FilePath
    /// What they see in their environment.
    package var environment: ChildEnvironment
    /// `-c key=value` settings for every child, in order.
    package var settings: [String]
    /// What was found out about the repository a moment ago, for questions that are asked together.
    private(set) var known: PlainRepository?

    /// Creates a program for the directory; the environment is the caller's with plain messages.
    package init(
        directory: FilePath, environment: ChildEnvironment = .inherited.withPlainMessages(), settings: [String] = []
    ) {
        self.directory = directory
        self.environment = environment
        self.settings = settings
    }

    /// The same program that looks at a plain repository once for everything it is asked; for questions of one moment.
    package var lookingOnce: GitProgram {
        var copy = self
        copy.known = PlainRepository.find(self)
        return copy
    }

    /// The same program with another index file.
    package func using(indexFile: FilePath) -> GitProgram {
        var copy = self
        copy.environment = environment.setting("GIT_INDEX_FILE", indexFile.string)
        return copy
    }

    /// The same program that takes no optional lock: for children that only read.
    package var readOnly: GitProgram {
        var copy = self
        copy.environment = environment.setting("GIT_OPTIONAL_LOCKS", "0")
        return copy
    }

    /// The same program for children whose paths and pathspecs are ours, and not typed by the user.
    package var plainPathspecs: GitProgram {
        var copy = self
        copy.environment = environment.withPlainPathspecs()
        return copy
    }

    /// Runs `git` and returns how it ended, whatever the exit code.
    ///
    /// - Parameter meanwhile: what the caller does as soon as git has started.
    /// - Throws: `GitProcessError` when git cannot be started or writes more than `limit` bytes to one stream.
    package func run(
        _ arguments: [String], input: [UInt8] = [], limit: Int = 1 << 30, meanwhile: () -> Void = {}
    ) async throws -> ProcessResult {
        try await run(bytes: arguments.map { Array($0.utf8) }, input: input, limit: limit, meanwhile: meanwhile)
    }

    /// As `run(_:input:limit:)`, for arguments that need not be UTF-8, such as paths.
    package func run(
        bytes arguments: [[UInt8]], input: [UInt8] = [], limit: Int = 1 << 30, meanwhile: () -> Void = {}
    ) async throws -> ProcessResult {
        let invocation = try invocation(arguments)
        do {
            if input.isEmpty {
                let result = try await Subprocess.run(
                    ProgramSearch.executable("git", in: environment), arguments: invocation.arguments,
                    environment: environment.subprocess,
                    workingDirectory: directory, input: .none, output: .bytes(limit: limit),
                    error: .bytes(limit: limit)
                ) { _ in meanwhile() }
                return ProcessResult(
                    ending: .init(of: result.terminationStatus), output: result.standardOutput,
                    errorOutput: result.standardError)
            }
            BrokenPipes.areErrors
            let result = try await Subprocess.run(
                ProgramSearch.executable("git", in: environment), arguments: invocation.arguments,
                environment: environment.subprocess,
                workingDirectory: directory, input: .inputWriter, output: .bytes(limit: limit),
                error: .bytes(limit: limit)
            ) { execution in
                meanwhile()
                // A child that stops reading is judged by how it ends. The writer must be finished in every case: swift-subprocess 1.0.2 traps when a writer goes away open.
                _ = try? await execution.standardInputWriter.write(input)
                try? await execution.standardInputWriter.finish()
            }
            return ProcessResult(
                ending: .init(of: result.terminationStatus), output: result.standardOutput,
                errorOutput: result.standardError)
        } catch let error as SubprocessError {
            throw GitProcessError(launching: invocation.operation, in: directory, error)
        }
    }

    /// Runs `git` with the caller's own standard streams: for hooks, editors and transports that talk to the user.
    ///
    /// Standard output of the child goes to our standard error, because ours carries only the result.
    package func runAttached(_ arguments: [String]) async throws -> ProcessResult.Ending {
        let invocation = try invocation(arguments.map { Array($0.utf8) })
        do {
            let result = try await Subprocess.run(
                ProgramSearch.executable("git", in: environment), arguments: invocation.arguments,
                environment: environment.subprocess,
                workingDirectory: directory, input: .currentStandardInput, output: .currentStandardError,
                error: .currentStandardError)
            return .init(of: result.terminationStatus)
        } catch let error as SubprocessError {
            throw GitProcessError(launching: invocation.operation, in: directory, error)
        }
    }

    /// The whole command line after `git`, and what messages call it: the program and its verb, nothing secret.
    func invocation(_ arguments: [[UInt8]]) throws(GitProcessError) -> (arguments: Arguments, operation: String) {
        let operation = "git " + (arguments.first.map { String(decoding: $0, as: UTF8.self) } ?? "")
        let all = settings.flatMap { [Array("-c".utf8), Array($0.utf8)] } + arguments
        return (try .checked(all, for: operation), operation)
    }

    /// Runs `git` and returns its standard output; a non-zero exit is an error that carries git's words.
    package func output(_ arguments: [String], input: [UInt8] = []) async throws -> ProcessResult {
        try await output(bytes: arguments.map { Array($0.utf8) }, input: input)
    }

    /// As `output(_:input:)`, for arguments that need not be UTF-8, such as paths.
    package func output(bytes arguments: [[UInt8]], input: [UInt8] = []) async throws -> ProcessResult {
        let result = try await run(bytes: arguments, input: input)
        guard result.succeeded else {
            throw GitProcessError(
                code: .failed, operation: try invocation(arguments).operation, message: result.firstErrorLine,
                exitCode: result.exitCode)
        }
        return result
    }
}

extension ProcessResult {
    /// The first line on standard error that says something, without git's `fatal:` or `error:`; where it ends in a colon,
    /// with what is listed below it.
    package var firstErrorLine: String {
        let lines = errorText.split(separator: "\n").map(String.init)
        let telling = lines.firstIndex { line in
            !line.hasPrefix("hint:") && !line.hasPrefix("warning:") && line.first.map(\.isWhitespace) == false
        }
        guard let index = telling ?? lines.indices.first else { return "no message" }
        var line = lines[index]
        if line.hasSuffix(":") {
            let listed = lines[(index + 1)...].prefix { $0.first?.isWhitespace == true }
            line += listed.isEmpty ? "" : " " + listed.map { $0.drop(while: \.isWhitespace) }.joined(separator: ", ")
        }
        for prefix in ["fatal: ", "error: "] where line.hasPrefix(prefix) {
            return String(line.dropFirst(prefix.count))
        }
        return line
    }
}

extension Arguments {
    /// Arguments of a child.
    ///
    /// - Throws: `GitProcessError` for a NUL byte, at which the system would cut an argument without a word.
    static func checked(_ arguments: [[UInt8]], for operation: String) throws(GitProcessError) -> Arguments {
        guard !arguments.contains(where: { $0.contains(0) }) else {
            throw GitProcessError(code: .badArgument, operation: operation, message: "an argument holds a NUL byte")
        }
        return Arguments(arguments.map { $0 + [0] })
    }
}

extension GitProcessError {
    init(launching operation: String, in directory: FilePath, _ error: SubprocessError) {
        let message = error.underlyingError.map { "\($0)" } ?? "\(error)"
        switch error.code {
        case .outputLimitExceeded: self.init(code: .outputTooLarge, operation: operation, message: message)
        case .failedToChangeWorkingDirectory:
            self.init(
                code: .noDirectory, operation: operation, message: "the folder '\(directory)' cannot be entered")
        case .executableNotFound:
            let program = operation.prefix { $0 != " " }
            self.init(code: .notStarted, operation: operation, message: "there is no '\(program)' on PATH")
        default: self.init(code: .notStarted, operation: operation, message: message)
        }
    }
}

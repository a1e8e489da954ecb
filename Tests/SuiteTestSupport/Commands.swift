import Foundation
import Subprocess
import SystemPackage

/// How a command run by a test ended.
package struct CommandResult: Sendable, CustomStringConvertible {
    /// The command line, for failure messages.
    package let command: String
    /// The exit code; 128 plus the number for a signal.
    package let exitCode: Int32
    package let outputBytes: [UInt8]
    package let errorBytes: [UInt8]

    /// Creates a result from its parts.
    package init(command: String, exitCode: Int32, outputBytes: [UInt8], errorBytes: [UInt8]) {
        self.command = command
        self.exitCode = exitCode
        self.outputBytes = outputBytes
        self.errorBytes = errorBytes
    }

    /// Standard output as text.
    package var output: String { String(decoding: outputBytes, as: UTF8.self) }
    /// Standard error as text.
    package var errorOutput: String { String(decoding: errorBytes, as: UTF8.self) }
    /// Standard output without white space around it.
    package var trimmed: String { output.trimmingCharacters(in: .whitespacesAndNewlines) }
    /// Whether the exit code is 0.
    package var succeeded: Bool { exitCode == 0 }

    package var description: String { "\(command): exit \(exitCode)\n\(output)\(errorOutput)" }
}

/// A command that had to succeed and did not.
package struct UnexpectedExit: Error, CustomStringConvertible {
    package let result: CommandResult
    package var description: String { result.description }

    /// Creates the error from how the command ended.
    package init(result: CommandResult) { self.result = result }
}

/// Runs a program with exactly the given environment and collects what it writes.
package func runCommand(
    _ program: String, _ arguments: [String], in directory: String, environment: [String: String],
    input: [UInt8] = []
) async throws -> CommandResult {
    let executable: Executable = program.contains("/") ? .path(FilePath(program)) : .name(program)
    let variables = Environment.custom(environment.map { Array("\($0.key)=\($0.value)".utf8) + [0] })
    if input.isEmpty {
        let result = try await Subprocess.run(
            executable, arguments: Arguments(arguments), environment: variables,
            workingDirectory: FilePath(directory), input: .none, output: .bytes(limit: 1 << 28),
            error: .bytes(limit: 1 << 28))
        return CommandResult(
            [program] + arguments, result.terminationStatus, result.standardOutput, result.standardError)
    }
    signal(SIGPIPE, SIG_IGN)
    let result = try await Subprocess.run(
        executable, arguments: Arguments(arguments), environment: variables, workingDirectory: FilePath(directory),
        input: .inputWriter, output: .bytes(limit: 1 << 28), error: .bytes(limit: 1 << 28)
    ) { execution in
        // A child may end before it has read everything; how it ended is what a test looks at.
        // A writer that is not finished traps (swift-subprocess 1.0.2).
        _ = try? await execution.standardInputWriter.write(input)
        try? await execution.standardInputWriter.finish()
    }
    return CommandResult([program] + arguments, result.terminationStatus, result.standardOutput, result.standardError)
}

extension CommandResult {
    fileprivate init(_ words: [String], _ status: TerminationStatus, _ output: [UInt8], _ errors: [UInt8]) {
        let code: Int32 =
            switch status {
            case .exited(let code): code
            case .signaled(let number): 128 + number
            }
        self.init(command: words.joined(separator: " "), exitCode: code, outputBytes: output, errorBytes: errors)
    }
}

/// Where the executables under test are: the folder of the test binary.
package let productsDirectory: String = {
    let binary = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    return binary.deletingLastPathComponent().path
}()

/// The environment of every child: nothing of the user's, fixed zone, messages, identity and configuration.
package func hermeticEnvironment(home: String) -> [String: String] {
    [
        "PATH": productsDirectory + ":/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin",
        "HOME": home, "TMPDIR": home + "/tmp", "XDG_CONFIG_HOME": home + "/.config",
        "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "false",
        "TZ": "UTC", "LC_ALL": "C.UTF-8", "TERM": "dumb", "COLUMNS": "80", "NO_COLOR": "1",
    ]
}

/// Creates a home folder with the git configuration that every test shares.
package func makeHome(at path: String) throws {
    try FileManager.default.createDirectory(atPath: path + "/tmp", withIntermediateDirectories: true)
    let config = """
        [user]
            name = Ada Example
            email = ada@example.com
        [init]
            defaultBranch = main
        [commit]
            gpgSign = false
        [gc]
            auto = 0
        [maintenance]
            auto = false
        [protocol "file"]
            allow = always
        [advice]
            detachedHead = false
        [safe]
            directory = *

        """
    try config.write(toFile: path + "/.gitconfig", atomically: true, encoding: .utf8)
}

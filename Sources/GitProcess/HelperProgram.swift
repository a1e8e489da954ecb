import Subprocess
package import SystemPackage

/// A program of the suite or of a forge, run to its end: what it prints is collected, its input is empty.
package enum HelperProgram {
    /// Runs a program.
    ///
    /// - Parameters:
    ///   - program: a path, or a name to look up on `PATH`.
    /// - Throws: `GitProcessError` when it cannot be started.
    package static func run(
        _ program: String, _ arguments: [String], in directory: FilePath, environment: ChildEnvironment,
        limit: Int = 1 << 24
    ) async throws -> ProcessResult {
        do {
            let result = try await Subprocess.run(
                program.contains("/")
                    ? .path(FilePath(program)) : ProgramSearch.executable(program, in: environment),
                arguments: Arguments(arguments),
                environment: environment.subprocess, workingDirectory: directory, input: .none,
                output: .bytes(limit: limit), error: .bytes(limit: limit))
            return ProcessResult(
                ending: .init(of: result.terminationStatus), output: result.standardOutput,
                errorOutput: result.standardError)
        } catch let error as SubprocessError {
            throw GitProcessError(launching: program, in: directory, error)
        }
    }
}

import Subprocess
package import SystemPackage

extension GitProgram {
    /// Runs a line of `sh -c` with the caller's own standard streams, as git runs editors and aliases: the arguments
    /// follow the line as `"$@"` where the line names them.
    ///
    /// Standard output goes to our standard error, because ours carries only the result.
    package func runShell(
        _ line: String, _ arguments: [String] = [], in folder: FilePath? = nil
    ) async throws -> ProcessResult.Ending {
        let words = try Arguments.checked((["-c", line, line] + arguments).map { Array($0.utf8) }, for: "sh")
        do {
            let result = try await Subprocess.run(
                ProgramSearch.executable("sh", in: environment), arguments: words, environment: environment.subprocess,
                workingDirectory: folder ?? directory, input: .currentStandardInput, output: .currentStandardError,
                error: .currentStandardError)
            return .init(of: result.terminationStatus)
        } catch let error as SubprocessError {
            throw GitProcessError(launching: "sh", in: folder ?? directory, error)
        }
    }
}

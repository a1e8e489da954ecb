import Subprocess

extension GitProgram {
    /// As `run(_:input:limit:)`, and tells each line of standard error as soon as it comes: for children whose hooks take long.
    package func run(
        _ arguments: [String], limit: Int = 1 << 30, relayingErrors relay: (String) -> Void
    ) async throws -> ProcessResult {
        let invocation = try invocation(arguments.map { Array($0.utf8) })
        do {
            let result = try await Subprocess.run(
                ProgramSearch.executable("git", in: environment), arguments: invocation.arguments,
                environment: environment.subprocess,
                workingDirectory: directory, input: .none, output: .bytes(limit: limit), error: .sequence
            ) { execution in
                var errors: [UInt8] = []
                var start = 0
                for try await chunk in execution.standardError {
                    chunk.withUnsafeBytes { errors.append(contentsOf: $0) }
                    while let end = errors[start...].firstIndex(where: {
                        $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r")
                    }) {
                        relay(String(decoding: errors[start..<end], as: UTF8.self))
                        start = end + 1
                    }
                }
                if start < errors.count { relay(String(decoding: errors[start...], as: UTF8.self)) }
                return errors
            }
            return ProcessResult(
                ending: .init(of: result.terminationStatus), output: result.standardOutput,
                errorOutput: result.closureResult)
        } catch let error as SubprocessError {
            throw GitProcessError(launching: invocation.operation, in: directory, error)
        }
    }
}

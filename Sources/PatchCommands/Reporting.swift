import ArgumentParser
import CommandOptions
import Console
import GitProcess
import GitValues
import Patches
import Store

extension OutputChoice {
    /// Opens the repository of the current directory; what workflows say goes to standard error.
    func openWorkspace() async throws -> Workspace {
        let console = console
        let workspace = try await Workspace.open { console.show($0) }
        if json {
            let store = workspace.location.storeDirectory
            Program.tellOnSignal { ChangeJSON.text(of: $0, in: store) }
        }
        return workspace
    }

    /// Ends a command: prints its document or its result, and throws the exit code of a problem that is left.
    func finish(_ document: ChangeJSON, result: String, problem: PatchProblem?) throws {
        var document = document
        if let problem { document.errors.append(ProblemDocument(problem)) }
        if json { try printJSON(document) }
        if let problem { console.report(problem.description, paths: problem.problemPaths, hints: problem.hints) }
        if !json { console.result(result) }
        if let problem { throw ExitCode(problem.exitStatus) }
    }

    /// Prints a value as one line of JSON.
    func printJSON(_ value: some Encodable) throws { console.result(try JSONText.encode(value)) }
}

extension Console {
    /// Prints a notice of a workflow.
    func show(_ notice: Notice) {
        switch notice {
        case .done(let line): note(safeForTerminal(line))
        case .warning(let line): warning(safeForTerminal(line))
        case .hint(let line): hint(safeForTerminal(line))
        case .detail(let line): detail(safeForTerminal(line))
        }
    }
}

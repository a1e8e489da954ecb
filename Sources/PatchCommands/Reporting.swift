import CommandOptions
import Console
import Patches
import Store

extension OutputOptions {
    /// Opens the repository of the current directory; what workflows say goes to standard error.
    func openWorkspace() async throws -> Workspace {
        let console = console
        return try await Workspace.open { console.show($0) }
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

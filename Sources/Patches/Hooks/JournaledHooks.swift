import GitProcess
import GitValues
import Store

extension HooksStep {
    /// Installs or removes the hooks; what is there already stays.
    func perform(at location: RepositoryLocation, with git: GitProgram) async throws -> Hooks.Outcome {
        let hooks = Hooks(.repository(location), git: git, program: program)
        return switch kind {
        case .install: try await hooks.install()
        case .uninstall: try await hooks.uninstall()
        }
    }
}

extension Session {
    /// Installs or removes the hooks of this repository as an operation that can be undone.
    ///
    /// When there is nothing to change nothing is recorded.
    package func change(hooks kind: HooksStep.Kind, program: String) async throws -> Hooks.Outcome {
        let hooks = Hooks(.repository(workspace.location), git: workspace.git, program: program)
        let before = try await hooks.status()
        if kind == .install ? before.isInstalled : before.isAbsent {
            // Leftovers of another placement and hooks of others that came later are mended; undoing takes nothing back.
            return try await HooksStep(kind: kind, program: program).perform(
                at: workspace.location, with: workspace.git)
        }
        try await withFolder { operation, _ in
            var intent = Intent(
                references: [], worktree: workspace.location.worktree, message: "", identity: workspace.mover)
            intent.hooks = HooksStep(kind: kind, program: program)
            let words = kind == .install ? "installed the hooks" : "removed the hooks"
            try await perform(intent, as: operation, OperationTitle(command: "hooks \(kind.rawValue)", summary: words))
        }
        return Hooks.Outcome(isChanged: true, report: try await hooks.status())
    }
}

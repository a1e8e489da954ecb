import Settings

/// What checks that need others find in their worktree.
extension Runner {
    /// Puts what a check needs, directly or not, into the shared worktree; returns what must run again for that.
    ///
    /// The artifacts of a check stand for it and for what only it needs. Isolated checks share nothing but artifacts.
    func bringNeeds(of check: CheckDefinition, _ progress: inout Progress) async throws -> [String] {
        var (missing, seen): ([String], Set<String>) = ([], [])
        var open = check.needs
        while let need = open.popLast() {
            guard let definition = checks.first(where: { $0.name == need }), seen.insert(need).inserted else {
                continue
            }
            if !check.isolated && progress.here.contains(need) { continue }
            if artifacts.areKept(of: definition) {
                if check.isolated { continue }
                if artifacts.restore(of: definition, into: try await workspace.shared().path) {
                    progress.here.insert(need)
                    continue
                }
            }
            let sharesNothing = check.isolated || definition.isolated
            if sharesNothing, !definition.artifacts.isEmpty {
                // When it ran in this run and they could not be kept, that was said.
                if !progress.ran.contains(need) { missing.append(need) }
                continue
            }
            if !sharesNothing { missing.append(need) }
            if check.isolated || !definition.isolated { open += definition.needs }
        }
        return missing
    }

    /// The checks whose artifacts an isolated check finds.
    func givers(to check: CheckDefinition) -> [CheckDefinition] {
        var (found, seen): ([CheckDefinition], Set<String>) = ([], [])
        var open = check.needs
        while let need = open.popLast() {
            guard let definition = checks.first(where: { $0.name == need }), seen.insert(need).inserted else {
                continue
            }
            if artifacts.areKept(of: definition) { found.append(definition) } else { open += definition.needs }
        }
        return found
    }
}

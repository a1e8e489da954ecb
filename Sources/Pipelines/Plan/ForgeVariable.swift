package import Settings

/// A variable that checks ask for and that comes from nowhere but the forge.
package struct ForgeVariable: Sendable, Hashable {
    /// How the forge keeps it.
    package enum Kind: String, Sendable, Codable {
        case secret, variable
    }

    package let name: String
    /// `nil` when `.gitpatch` does not say, so that no check gets it.
    package let kind: Kind?
    /// The checks that declare it.
    package let checks: [String]
}

extension PipelinePlan {
    /// Everything that the forge is to provide, and what checks ask for besides; not what any runner has.
    package var forgeVariables: [ForgeVariable] {
        let all = judged
        func variable(_ name: String, _ kind: ForgeVariable.Kind?) -> ForgeVariable {
            ForgeVariable(
                name: name, kind: kind, checks: all.filter { $0.mayRead(variable: name) }.map(\.name))
        }
        let cache = (terms.sharedCache?.given ?? []).map {
            ForgeVariable(name: $0, kind: .secret, checks: ["the shared cache"])
        }
        let named =
            cache + terms.secrets.filter { name in !cache.contains { $0.name == name } }.map { variable($0, .secret) }
            + terms.variables.map { variable($0, .variable) }
        let asked = all.flatMap(\.env).uniqued().filter { name in
            name.last != "*" && !PipelinePlan.isOfRunners(name) && !named.contains { $0.name == name }
        }
        return named + asked.map { variable($0, nil) }
    }

    /// What a check gets from the forge.
    func forgeVariables(of check: CheckDefinition) -> [ForgeVariable] {
        forgeVariables.filter { $0.kind != nil && $0.checks.contains(check.name) }
    }

    private static func isOfRunners(_ name: String) -> Bool {
        let known = ["CI", "HOME", "LANG", "PATH", "PWD", "SHELL", "TERM", "TMPDIR", "TZ", "USER"]
        let starts = ["CI_", "GITEA_", "GITHUB_", "GITLAB_", "GITPATCH_", "LC_", "RUNNER_"]
        return known.contains(name) || starts.contains(where: name.hasPrefix)
    }
}

/// What is to be done at a forge so that checks get their variables.
package struct ForgeVariableNotes: Sendable {
    package let lines: [String]

    /// Lines for a file's comments and for people.
    package init(_ plan: PipelinePlan, forge: ForgeKind) {
        let environment = plan.terms.environment
        let isFirst = forge == .github && plan.forgeVariables.contains { $0.kind == .secret }
        // Without it the forge refuses the secrets.
        let making = "gh api -X PUT repos/{owner}/{repo}/environments/\(environment)"
        let first = isFirst ? ["environment '\(environment)' first: \(making)"] : []
        lines =
            first
            + plan.forgeVariables.map { item in
                let checks =
                    item.checks.isEmpty
                    ? "no check declares it with 'env'" : "for " + item.checks.joined(separator: ", ")
                return "\(item.name): \(ForgeVariableNotes.words(item, forge, plan.terms.environment)); \(checks)"
            }
    }

    private static func words(_ item: ForgeVariable, _ forge: ForgeKind, _ environment: String) -> String {
        switch (forge, item.kind) {
        case (.gitlab, .secret?): "a masked CI/CD variable (glab variable set \(item.name) --masked)"
        case (.gitlab, _): "a CI/CD variable (glab variable set \(item.name))"
        case (.github, .secret?):
            "a secret of environment '\(environment)' (gh secret set \(item.name) --env \(environment))"
        case (.github, .variable?): "a variable (gh variable set \(item.name))"
        case (.gitea, .secret?): "a secret, in the settings of the repository under Actions"
        case (.gitea, .variable?): "a variable, in the settings of the repository under Actions"
        case (_, nil): "not passed: name it under [ci] as 'secret' or 'variable'"
        }
    }
}

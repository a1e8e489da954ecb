import Settings

/// What checks of a plan need of one another, across its jobs.
extension PipelinePlan {
    /// A check and all that it needs, by way of others too, needs before dependants.
    func closure(of name: String) -> [CheckDefinition] { needs.closure(of: name) }

    /// The checks that need one, by way of others too.
    func dependants(of name: String) -> [CheckDefinition] {
        let names = needs.dependants(of: name)
        return names.isEmpty ? [] : judged.filter { names.contains($0.name) }
    }

    /// The job that judges a check.
    func owner(of name: String) -> Job? { jobs.first { $0.own.contains(name) } }

    /// The checks of other jobs whose artifacts the checks of a job find, as they do in a worktree: what a check makes
    /// stands for it and for what only it needs.
    func givers(to job: Job) -> [CheckDefinition] {
        let inside = Set(job.checks.map(\.name))
        var found: [CheckDefinition] = []
        for check in job.checks {
            var seen: Set<String> = []
            var open = check.needs
            while let name = open.popLast() {
                guard !inside.contains(name), seen.insert(name).inserted,
                    let need = self.needs[name]
                else { continue }
                if !need.artifacts.isEmpty {
                    found.append(need)
                } else if check.isolated || !need.isolated {
                    open += need.needs
                }
            }
        }
        return found.isEmpty ? [] : judged.filter { check in found.contains { $0.name == check.name } }
    }

    /// The names of checks whose artifacts those of another job find.
    var handedOn: Set<String> { Set(jobs.flatMap { givers(to: $0).map(\.name) }) }

    /// The names of checks that call a validator where jobs have none.
    package var lackingValidator: [String] {
        guard terms.install == nil else { return [] }
        return judged.filter { $0.run.contains(/git[ -]validate\b/) }.map(\.name)
    }

    /// The name of each check in a pipeline's file.
    var checkIDs: [String: String] {
        var slugs = Slugs(reserved: Slugs.steps)
        var ids: [String: String] = [:]
        for job in jobs {
            for check in job.checks where ids[check.name] == nil { ids[check.name] = slugs.slug(of: [check.name]) }
        }
        return ids
    }
}

import Settings

/// What checks of a plan need of one another, across its jobs.
extension PipelinePlan {
    /// Every check once, in the order of the jobs that judge them.
    var judged: [CheckDefinition] { jobs.flatMap(\.judged) }

    /// A check and all that it needs, by way of others too, needs before dependants.
    func closure(of name: String) -> [CheckDefinition] {
        let all = judged
        var wanted: Set<String> = [name]
        var open = [name]
        while let next = open.popLast() {
            for need in all.first(where: { $0.name == next })?.needs ?? [] where wanted.insert(need).inserted {
                open.append(need)
            }
        }
        return JobGroup.topological(all.filter { wanted.contains($0.name) })
    }

    /// The checks that need one, by way of others too.
    func dependants(of name: String) -> [CheckDefinition] {
        judged.filter { $0.name != name && closure(of: $0.name).contains { $0.name == name } }
    }

    /// The job that judges a check.
    func owner(of name: String) -> Job? { jobs.first { $0.own.contains(name) } }

    /// The checks of other jobs whose artifacts the checks of a job find, as they do in a worktree: what a check makes
    /// stands for it and for what only it needs.
    func givers(to job: Job) -> [CheckDefinition] {
        let all = judged
        let inside = Set(job.checks.map(\.name))
        var found: [CheckDefinition] = []
        for check in job.checks {
            var seen: Set<String> = []
            var open = check.needs
            while let name = open.popLast() {
                guard !inside.contains(name), seen.insert(name).inserted,
                    let need = all.first(where: { $0.name == name })
                else { continue }
                if !need.artifacts.isEmpty {
                    found.append(need)
                } else if check.isolated || !need.isolated {
                    open += need.needs
                }
            }
        }
        return all.filter { check in found.contains { $0.name == check.name } }
    }

    /// Whether a check of another job finds what this one makes.
    func isHandedOn(_ check: CheckDefinition) -> Bool {
        !check.artifacts.isEmpty && jobs.contains { job in givers(to: job).contains { $0.name == check.name } }
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

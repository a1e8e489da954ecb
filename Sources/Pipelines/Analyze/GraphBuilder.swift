/// Expands matrices, called workflows and composite actions.
struct GraphBuilder {
    let times: RunTimes
    let isBilled: Bool
    let load: JobGraph.Loader

    /// What the calling job hands down.
    struct Outer {
        let job: String
        let line: Int
        let needs: [String]
    }

    mutating func nodes(of workflow: Workflow, prefix: String, outer: Outer?, depth: Int) -> [JobGraph.Node] {
        var nodes: [JobGraph.Node] = []
        var last: [String: [String]] = [:]
        // Called workflows are expanded after those they wait for, so that their last jobs are known.
        for job in ordered(workflow.jobs) {
            var needs = job.needs.flatMap { last[$0] ?? [] }
            if job.needs.isEmpty, let outer { needs = outer.needs }
            let name = prefix + job.id
            let line = outer?.line ?? job.line
            if let call = job.calls, call.hasPrefix("./"), depth < 4, let inner = called(call, from: workflow) {
                let matrix = Matrix(job.node["strategy"])
                let expanded = self.nodes(
                    of: inner, prefix: name + " / ", outer: Outer(job: outer?.job ?? job.id, line: line, needs: needs),
                    depth: depth + 1
                ).map { $0.called(matrix) }
                let waited = Set(expanded.flatMap(\.needs))
                last[job.id] = expanded.map(\.name).filter { !waited.contains($0) }
                nodes += expanded
            } else {
                nodes.append(node(job, name: name, outer: outer?.job ?? job.id, line: line, needs: needs))
                last[job.id] = [name]
            }
        }
        return nodes
    }

    private func ordered(_ jobs: [Workflow.Job]) -> [Workflow.Job] {
        var open = jobs
        var ids = Set(jobs.map(\.id))
        var done: [Workflow.Job] = []
        while !open.isEmpty {
            let index = open.firstIndex { !$0.needs.contains(where: ids.contains) }
            let job = open.remove(at: index ?? 0)
            ids.remove(job.id)
            done.append(job)
        }
        return done
    }

    private func called(_ call: String, from workflow: Workflow) -> Workflow? {
        let path = String(call.dropFirst(2))
        guard path != workflow.path, let bytes = load(path) else { return nil }
        return try? Workflow(bytes, path: path)  // A broken one is told about where it is analysed itself.
    }

    private func node(
        _ job: Workflow.Job, name: String, outer: String, line: Int, needs: [String]
    ) -> JobGraph.Node {
        let matrix = Matrix(job.node["strategy"])
        let steps = expanded(job.steps, depth: 0)
        var seconds = 0.0
        var isMeasured = true
        for copy in matrix.copies {
            let names = self.names(of: job, copy, prefixed: name)
            if let known = times.job(names) {
                seconds = max(seconds, known)
            } else {
                isMeasured = false
                let sum = steps.reduce(Priors.job) { sum, step in
                    sum + (times.step(step.title, of: names) ?? Priors.seconds(step))
                }
                seconds = max(seconds, job.calls == nil ? sum : 120)
            }
        }
        var rounds = 1.0
        if let atOnce = matrix.atOnce, atOnce > 0 {
            rounds = (Double(matrix.copies.count) / Double(atOnce)).rounded(.up)
        }
        let names = self.names(of: job, [:], prefixed: name)
        func took(_ step: Workflow.Step) -> Double { times.step(step.title, of: names) ?? Priors.seconds(step) }
        let hasCache = steps.contains { step in
            step.action?.contains("cache") == true || step.input("cache") != nil || step.input("bundler-cache") != nil
        }
        return JobGraph.Node(
            name: name, job: outer, line: line, needs: needs, seconds: seconds * rounds, rounds: rounds,
            setup: steps.filter(Priors.isSetup).reduce(0) { $0 + took($1) },
            uncached: hasCache ? 0 : steps.filter(Priors.isInstall).reduce(0) { $0 + took($1) },
            longestStep: steps.filter { !Priors.isSetup($0) }.map(took).max() ?? 0,
            runners: matrix.copies.map { copy in
                isBilled ? Prices.kind(of: job.labels.map { Matrix.filling($0, copy) }) : .ownMachine
            },
            isMeasured: isMeasured, isDynamic: matrix.isDynamic, isOpaque: job.calls != nil)
    }

    /// What logs may call a copy of a job.
    private func names(of job: Workflow.Job, _ copy: [String: String], prefixed: String) -> [String] {
        let title = Matrix.filling(job.node["name"]?.text ?? job.id, copy)
        let axes = job.node["strategy"]?["matrix"]?.pairs.compactMap(\.key.text) ?? []
        let values = axes.compactMap { copy[$0] }.joined(separator: ", ")
        let plain = values.isEmpty ? [title] : ["\(title) (\(values))", title]
        return plain + [prefixed, job.id]
    }

    /// Steps with those of composite actions of the repository in place of the call.
    private func expanded(_ steps: [Workflow.Step], depth: Int) -> [Workflow.Step] {
        steps.flatMap { step -> [Workflow.Step] in
            guard let uses = step.uses, uses.hasPrefix("./"), depth < 4 else { return [step] }
            let folder = String(uses.dropFirst(2)).split(separator: "/").joined(separator: "/")
            let path = folder.isEmpty ? "action" : folder + "/action"
            guard let bytes = load(path + ".yml") ?? load(path + ".yaml"),
                let root = try? YAMLReader.read(bytes, path: path), let inner = root["runs"]?["steps"]
            else { return [step] }
            return expanded(Workflow.steps(inner), depth: depth + 1)
        }
    }
}

extension JobGraph.Node {
    /// The node with the runners that every copy of the calling job takes.
    fileprivate func called(_ matrix: Matrix) -> JobGraph.Node {
        guard matrix.copies.count > 1 || matrix.isDynamic else { return self }
        let runners = matrix.copies.flatMap { _ in self.runners }
        return JobGraph.Node(
            name: name, job: job, line: line, needs: needs, seconds: seconds, rounds: rounds, setup: setup,
            uncached: uncached, longestStep: longestStep, runners: Array(runners.prefix(4096)), isMeasured: isMeasured,
            isDynamic: isDynamic || matrix.isDynamic || runners.count > 4096, isOpaque: isOpaque)
    }
}

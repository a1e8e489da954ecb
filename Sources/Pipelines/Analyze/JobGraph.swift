import GitValues

/// The jobs of a workflow, expanded to what really runs, with times, order and cost.
package struct JobGraph: Sendable {
    /// One job with all its copies, or one job of a workflow it calls.
    package struct Node: Sendable {
        /// `job`, or `job / inner` inside a called workflow.
        package let name: String
        /// The job of the analysed file it belongs to.
        package let job: String
        package let line: Int
        package var needs: [String]
        /// Seconds until its last copy has ended.
        package let seconds: Double
        /// How often its copies have to take turns, where not all may run at once.
        package let rounds: Double
        /// Seconds of one copy.
        package var each: Double { seconds / rounds }
        /// Of these, seconds of steps that only prepare.
        package let setup: Double
        /// Seconds of the steps that fetch dependencies without a cache.
        package let uncached: Double
        /// The longest step that is no preparation.
        package let longestStep: Double
        /// How many runners it takes, and of which kind.
        package let runners: [Prices.Kind]
        /// Whether the times were measured.
        package let isMeasured: Bool
        /// Whether the number of copies is not known.
        package let isDynamic: Bool
        /// Whether its inside could not be read: a workflow in another repository.
        package let isOpaque: Bool
    }

    package private(set) var nodes: [Node]
    /// Where each name is among the nodes; the same for every graph made from this one.
    private let places: [String: Int]

    /// Reads a file of the repository; `nil` when it is not there.
    package typealias Loader = @Sendable (String) -> [UInt8]?

    /// Expands a workflow.
    package init(_ workflow: Workflow, times: RunTimes, load: @escaping Loader) {
        var builder = GraphBuilder(times: times, load: load)
        nodes = builder.nodes(of: workflow, prefix: "", outer: nil, depth: 0)
        places = Dictionary(nodes.enumerated().map { ($1.name, $0) }) { first, _ in first }
    }

    /// When each node starts, in seconds, with enough runners.
    package func starts() -> [String: Double] {
        Dictionary(zip(nodes.map(\.name), startTimes())) { first, _ in first }
    }

    private func startTimes() -> [Double] {
        var known = [Double?](repeating: nil, count: nodes.count)
        var isOpen = [Bool](repeating: false, count: nodes.count)
        func start(_ place: Int) -> Double {
            if let known = known[place] { return known }
            // There is no circle in one file; one of files that call each other ends where it began.
            if isOpen[place] { return 0 }
            isOpen[place] = true
            let start = nodes[place].needs.compactMap { places[$0] }.map { start($0) + nodes[$0].seconds }.max() ?? 0
            known[place] = start
            return start
        }
        return nodes.indices.map(start)
    }

    /// Seconds from start to end with enough runners.
    package var seconds: Double { zip(startTimes(), nodes).map { $0 + $1.seconds }.max() ?? 0 }

    /// The chain of nodes that decides how long a run takes.
    package var criticalPath: [String] {
        let starts = starts()
        func end(_ node: Node) -> Double { (starts[node.name] ?? 0) + node.seconds }
        guard var node = nodes.max(by: { end($0) < end($1) }) else { return [] }
        var path = [node.name]
        while let before = nodes.filter({ node.needs.contains($0.name) }).max(by: { end($0) < end($1) }),
            !path.contains(before.name)
        {
            path.insert(before.name, at: 0)
            node = before
        }
        return path
    }

    /// How much longer each node may take before a run gets longer.
    package func slack() -> [String: Double] {
        let starts = starts()
        let total = seconds
        var latest: [String: Double] = [:]
        // From the end: what starts later is settled first.
        for node in nodes.sorted(by: { (starts[$0.name] ?? 0) > (starts[$1.name] ?? 0) }) {
            let after = nodes.filter { $0.needs.contains(node.name) }.compactMap { next in
                latest[next.name].map { $0 - next.seconds }
            }
            latest[node.name] = min(total, after.min() ?? total)
        }
        var slack: [String: Double] = [:]
        for node in nodes { slack[node.name] = (latest[node.name] ?? total) - (starts[node.name] ?? 0) - node.seconds }
        return slack
    }

    /// What a run costs.
    package struct Cost: Sendable, Hashable {
        /// Started minutes on the forge's machines, and what they cost where they are billed.
        package var minutes = 0
        package var amount = 0.0
        /// Seconds that are billed and not used.
        package var wasted = 0.0
        /// Seconds on machines of one's own, which no forge bills.
        package var own = 0.0
        /// Runners of a kind that is not known, counted as Linux.
        package var unknown = 0
    }

    /// What a run costs.
    package var cost: Cost {
        var cost = Cost()
        for node in nodes {
            for runner in node.runners {
                guard runner != .ownMachine else {
                    cost.own += node.each
                    continue
                }
                let started = max(1, (node.each / 60).rounded(.up))
                cost.minutes += Int(started)
                if runner == .unknown { cost.unknown += 1 }
                cost.amount += started * runner.perMinute
                cost.wasted += started * 60 - node.each
            }
        }
        return cost
    }

    /// The graph with other needs for some jobs of the file.
    package func with(needs changed: [String: [String]]) -> JobGraph {
        var copy = self
        let waitedFor = Set(changed.values.flatMap { $0 })
        let ends = Dictionary(grouping: nodes.filter { waitedFor.contains($0.job) }, by: \.job).mapValues { group in
            let inner = Set(group.flatMap(\.needs))
            return group.map(\.name).filter { !inner.contains($0) }
        }
        for index in copy.nodes.indices {
            let node = copy.nodes[index]
            guard let needs = changed[node.job] else { continue }
            let within = node.needs.filter { name in nodes.contains { $0.name == name && $0.job == node.job } }
            // Only the first nodes of a called workflow wait for what its caller waits for.
            copy.nodes[index].needs = within.isEmpty ? needs.flatMap { ends[$0] ?? [] } : within
        }
        return copy
    }

    /// The graph with another duration for a node.
    package func with(_ name: String, taking seconds: Double) -> JobGraph {
        var copy = self
        copy.nodes = nodes.map { node in
            guard node.name == name else { return node }
            return Node(
                name: node.name, job: node.job, line: node.line, needs: node.needs, seconds: max(0, seconds),
                rounds: node.rounds, setup: node.setup, uncached: node.uncached, longestStep: node.longestStep,
                runners: node.runners,
                isMeasured: node.isMeasured, isDynamic: node.isDynamic, isOpaque: node.isOpaque)
        }
        return copy
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

/// Expands matrices, called workflows and composite actions.
private struct GraphBuilder {
    let times: RunTimes
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
            runners: matrix.copies.map { copy in Prices.kind(of: job.labels.map { Matrix.filling($0, copy) }) },
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

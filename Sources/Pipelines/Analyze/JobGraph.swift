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
        var builder = GraphBuilder(times: times, isBilled: !workflow.isElsewhere, load: load)
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

    /// Whether a time in it is a guess.
    package var isGuess: Bool { nodes.contains { !$0.isMeasured } }

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

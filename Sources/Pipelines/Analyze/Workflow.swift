/// A workflow of GitHub's language, as far as its cost, time and safety depend on it.
package struct Workflow: Sendable {
    /// Relative to the top of the repository.
    package let path: String
    /// The lines of the text as they are, a carriage return at the end included, for fixes.
    package let source: [String]
    package let root: YAMLNode
    package let jobs: [Job]
    /// Whether it is for Gitea or Forgejo, whose runners are machines of one's own.
    package var isElsewhere: Bool {
        path.split(separator: "/").dropLast(2).last.map { [".gitea", ".forgejo"].contains($0) } ?? false
    }
    private let ancestors: [String: Set<String>]

    /// One job as it is written.
    package struct Job: Sendable {
        package let id: String
        /// The line of its id.
        package let line: Int
        package let node: YAMLNode
        package let needs: [String]
        package let steps: [Step]

        /// The line of a key of it, else its own.
        package func line(of key: String) -> Int { node.pair(key)?.key.line ?? line }
        /// The reusable workflow it calls.
        package var calls: String? { node["uses"]?.text }
        package var condition: String { node["if"]?.text ?? "" }
        /// Labels of the runner; of a group, none.
        package var labels: [String] { (node["runs-on"]?["labels"] ?? node["runs-on"])?.items.compactMap(\.text) ?? [] }
        /// Every text in it, keys left out.
        package var texts: [(text: String, line: Int)] { node.scalars }

        /// Whether any text in it contains one of the words.
        package func mentions(_ words: String...) -> Bool {
            texts.contains { text in words.contains { text.text.contains($0) } }
        }
    }

    /// One step.
    package struct Step: Sendable {
        package let node: YAMLNode
        package var line: Int { node.line }
        package var uses: String? { node["uses"]?.text }
        package var run: String? { node["run"]?.text }
        package var condition: String { node["if"]?.text ?? "" }
        /// What logs call it.
        package var title: String {
            node["name"]?.text ?? uses ?? run?.split(separator: "\n").first.map(String.init) ?? ""
        }

        /// An input of its action.
        package func input(_ name: String) -> String? { node["with"]?[name]?.text }

        /// Whether it runs nothing, or an action known to pass nothing between jobs and to read no history.
        package var isInert: Bool {
            guard let action else { return true }
            let known = [
                "actions/checkout", "actions/cache", "actions/setup-", "dtolnay/rust-toolchain", "swatinem/rust-cache",
                "taiki-e/install-action", "astral-sh/setup-uv", "pnpm/action-setup", "oven-sh/setup-bun",
                "ruby/setup-ruby", "docker/setup-", "docker/login-action", "golangci/golangci-lint-action",
            ]
            return known.contains { action.hasPrefix($0) }
        }

        /// The action's owner and name without its version, in lower case: `actions/checkout`.
        package var action: String? { uses.map { String($0.prefix { $0 != "@" }).lowercased() } }
    }

    /// Reads a workflow.
    ///
    /// - Throws: `YAMLProblem` for a text that is no YAML, or none of a workflow.
    package init(_ bytes: [UInt8], path: String) throws(YAMLProblem) {
        let root = try YAMLReader.read(bytes, path: path)
        guard let jobs = root["jobs"], jobs.isMapping else {
            throw YAMLProblem(
                path: path, line: root.line,
                reason: "it has no 'jobs', so it is no workflow of GitHub's language, the one that is judged")
        }
        self.path = path
        self.root = root
        // Of bytes: to text, a carriage return and a line feed are one character.
        source = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        let read: [Job] = jobs.pairs.compactMap { pair in
            guard let id = pair.key.text, pair.value.isMapping else { return nil }
            return Job(
                id: id, line: pair.key.line, node: pair.value,
                needs: pair.value["needs"]?.items.compactMap(\.text) ?? [],
                steps: Workflow.steps(pair.value["steps"]))
        }
        self.jobs = read
        do {
            ancestors = try Workflow.ancestors(of: read)
        } catch {
            let names = error.jobs.map { "'\($0)'" }.joined(separator: ", ")
            throw YAMLProblem(
                path: path, line: error.line,
                reason: "jobs wait for one another in a circle, which a forge refuses: \(names)")
        }
    }

    private struct Circle: Error {
        let jobs: [String]
        let line: Int
    }

    /// What must end before each job, by way of others too.
    private static func ancestors(of jobs: [Job]) throws(Circle) -> [String: Set<String>] {
        let ids = Set(jobs.map(\.id))
        var known: [String: Set<String>] = [:]
        var open = jobs
        while !open.isEmpty {
            var later: [Job] = []
            for job in open {
                if job.needs.contains(where: { ids.contains($0) && known[$0] == nil }) {
                    later.append(job)
                    continue
                }
                known[job.id] = job.needs.reduce(into: []) { $0.formUnion((known[$1] ?? []).union([$1])) }
            }
            if later.count == open.count {
                // What only waits for the circle is not in it.
                let stuck = Set(later.map(\.id))
                let waitedFor = Set(later.flatMap(\.needs))
                let circle = later.filter { waitedFor.contains($0.id) && $0.needs.contains(where: stuck.contains) }
                throw Circle(
                    jobs: circle.map(\.id), line: (circle.first ?? later[0]).line(of: "needs"))
            }
            open = later
        }
        return known
    }

    /// Steps of a list; those that run side by side count as steps of their own.
    static func steps(_ list: YAMLNode?) -> [Step] {
        (list?.items ?? []).flatMap { node in
            node["parallel"].map { $0.items.map(Step.init) } ?? (node.isMapping ? [Step(node: node)] : [])
        }
    }

    /// The events that start it, each with what limits it.
    package var triggers: [String: YAMLNode] {
        // YAML 1.1 readers take the key for a boolean; as text it is always "on".
        guard let on = root["on"] ?? root["true"] else { return [:] }
        var triggers: [String: YAMLNode] = [:]
        for item in on.items { if let name = item.text { triggers[name] = item } }
        for pair in on.pairs { if let name = pair.key.text { triggers[name] = pair.value } }
        return triggers
    }

    /// Whether pull requests start it.
    package var isForPullRequests: Bool { triggers["pull_request"] != nil || triggers["pull_request_target"] != nil }
    /// The line of `on`.
    package var triggerLine: Int { (root.pair("on") ?? root.pair("true"))?.key.line ?? 1 }

    package func job(_ id: String) -> Job? { jobs.first { $0.id == id } }

    /// Every job that must end before one starts.
    package func ancestors(of id: String) -> Set<String> { ancestors[id] ?? [] }
}

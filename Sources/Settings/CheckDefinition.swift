package import GitValues

/// One `[check "NAME"]` of a committed file.
package struct CheckDefinition: Hashable, Sendable {
    /// The name; unique, one line, without control characters.
    package private(set) var name: String
    /// The command, a line for `sh -c`.
    package var run: String
    /// The smallest tier that holds the check.
    package var tier: Tier = .standard
    /// The checks that must have passed before; all are defined, and no check needs itself in the end.
    package var needs: [String] = []
    /// When not empty, the check runs only for a change that touches a path one of these matches.
    package var paths: [PathPattern] = []
    /// What the verdict depends on; empty for the whole tree.
    package var inputs: [PathPattern] = []
    /// Folders kept between runs, relative to the top, without a slash at the end.
    package var cacheDirs: [String] = []
    /// Names of variables the command may see; `*` at the end stands for anything.
    package var env: [String] = []
    /// Commands whose output is part of the cache key, lines for `sh -c`.
    package var tools: [String] = []
    /// How long the command may run.
    package var timeout = TimeSpan(seconds: 600)
    /// How often a failure is tried again.
    package var retries = 0
    /// How many parts the work is split into; 1 for a check that is not.
    package var shards = 1
    /// Which part of a check this is, once it was split.
    package private(set) var shard: Shard?
    /// Whether the check gets a worktree of its own.
    package var isolated = false
    /// Whether the command is to have no network and to write in its worktree only.
    package var sandbox = false
    /// Whether a test runner that ran no test is no failure.
    package var allowNoTests = false
    /// Whether the worktree holds the files of submodules.
    package var submodules = false
    /// Words; checks that share one never run at the same time.
    package var exclusive: [String] = []
    /// Reports that the check writes, relative to the top.
    package var reports: [String] = []
    /// What the check makes, relative to the top.
    package var artifacts: [String] = []
    /// Names of environments whose folders are there when it runs.
    package var environments: [String] = []
    /// In a pipeline a pull request runs the check only with one of these labels, whatever its tier; tier complete always
    /// does.
    package var labels: [String] = []
    /// The line of its first header.
    package var line = 0

    /// Creates a check with the defaults of the documentation.
    package init(name: String, run: String) {
        self.name = name
        self.run = run
    }

    /// One part of the check.
    func part(_ shard: Shard) -> CheckDefinition {
        var part = self
        part.name = shard.name
        part.shard = shard
        return part
    }

    /// Whether a change that touches the paths concerns the check.
    package func concerns(_ changed: some Sequence<[UInt8]>) -> Bool {
        paths.isEmpty || changed.contains { path in paths.contains { $0.matches(path) } }
    }

    /// Whether the command may see the variable.
    package func mayRead(variable: String) -> Bool {
        env.contains { $0.last == "*" ? variable.hasPrefix($0.dropLast()) : variable == $0 }
    }
}

extension CheckDefinition {
    /// The checks of a text in its order, and what is wrong with them.
    static func all(
        in text: ConfigText, values: [String: [SettingEntry]], origin: String
    ) -> (checks: [CheckDefinition], problems: [SettingsProblem]) {
        var checks: [CheckDefinition] = []
        var problems: [SettingsProblem] = []
        var seen: Set<String> = []
        func problem(_ line: Int, _ name: String, _ message: String) {
            let place = SettingOrigin(scope: .committed, source: origin, line: line)
            problems.append(SettingsProblem(code: .badCheck, origin: place, key: "check.\(name)", message: message))
        }
        for header in text.headers where header.section == "check" {
            guard let name = header.subsection, !name.allSatisfy({ $0 == " " }), seen.insert(name).inserted else {
                continue
            }
            if name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control || $0 == "\u{FFFD}" }) {
                problem(header.line, name, "the name of a check must be plain text")
                continue
            }
            let values = CheckValues(name: name, values: values)
            // A `run` that stands there but is no value has been told about already.
            guard let run = values[CheckKeys.run] else {
                let wasGiven = text.entries.contains {
                    $0.section == "check" && $0.subsection == name && $0.key == "run"
                }
                if !wasGiven { problem(header.line, name, "check '\(name)' has no 'run'") }
                continue
            }
            checks.append(CheckDefinition(name: name, run: run, line: header.line, values))
        }
        for (name, message) in CheckGraph.flaws(of: checks, known: seen) + shardFlaws(of: checks) {
            problem(checks.first { $0.name == name }?.line ?? 0, name, message)
        }
        return (checks, problems)
    }

    private init(name: String, run: String, line: Int, _ values: CheckValues) {
        self.init(name: name, run: run)
        tier = values[CheckKeys.tier]
        needs = values[CheckKeys.needs]
        paths = values[CheckKeys.path]
        inputs = values[CheckKeys.input]
        cacheDirs = values[CheckKeys.cacheDir]
        env = values[CheckKeys.env]
        tools = values[CheckKeys.tool]
        timeout = values[CheckKeys.timeout]
        retries = values[CheckKeys.retries]
        shards = values[CheckKeys.shards] ?? 1
        isolated = values[CheckKeys.isolated]
        sandbox = values[CheckKeys.sandbox]
        allowNoTests = values[CheckKeys.allowNoTests]
        submodules = values[CheckKeys.submodules]
        exclusive = values[CheckKeys.exclusive]
        reports = values[CheckKeys.report]
        artifacts = values[CheckKeys.artifact]
        labels = values[CheckKeys.label]
        environments = values[CheckKeys.environment]
        self.line = line
    }
}

/// The values of one check by key, with the defaults.
private struct CheckValues {
    let name: String
    let values: [String: [SettingEntry]]

    subscript<Value>(key: SettingKey<Value>) -> Value {
        let texts = values[key.definition.lookupName(name)]?.map(\.value) ?? []
        return key.read(texts) ?? key.fallback
    }
}

/// What must hold between the checks of one file.
private enum CheckGraph {
    /// Names of checks with what is wrong: needs that are not defined, and circles.
    static func flaws(of checks: [CheckDefinition], known: Set<String>) -> [(name: String, message: String)] {
        var flaws: [(name: String, message: String)] = []
        for check in checks {
            for need in check.needs where !known.contains(need) {
                flaws.append((check.name, "check '\(check.name)' needs '\(need)', which is not defined"))
            }
        }
        var open = checks
        var done: Set<String> = Set(known).subtracting(checks.map(\.name))
        while true {
            let ready = open.filter { $0.needs.allSatisfy { done.contains($0) || !known.contains($0) } }
            if ready.isEmpty { break }
            done.formUnion(ready.map(\.name))
            open.removeAll { done.contains($0.name) }
        }
        // What is left waits for itself, or for something that does; one circle is enough to tell.
        if let circle = circle(in: open) {
            let path = circle.map { "'\($0)'" }.joined(separator: " needs ")
            flaws.append((circle.first ?? "", "check \(path): a check cannot wait for itself"))
        }
        return flaws
    }

    private static func circle(in checks: [CheckDefinition]) -> [String]? {
        let names = Set(checks.map(\.name))
        guard var name = checks.first?.name else { return nil }
        var path: [String] = []
        while true {
            if let start = path.firstIndex(of: name) { return path[start...] + [name] }
            path.append(name)
            guard let next = checks.first(where: { $0.name == name })?.needs.first(where: names.contains) else {
                return nil
            }
            name = next
        }
    }
}

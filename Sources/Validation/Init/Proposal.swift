import GitProcess

/// A first `.gitpatch` for what lies in a working tree.
package struct Proposal: Sendable {
    /// One proposed check.
    package struct Check: Sendable {
        /// One setting with what it is for.
        package struct Line: Sendable {
            var key: String
            var value: String
            var reason: String
        }

        package var name: String
        /// Where it comes from, and what it shows.
        package var reason: String
        package var lines: [Line]
        /// The program it starts, when that is not on PATH: such a check is written as a comment.
        package var missing: String?
    }

    package var checks: [Check]

    /// The checks that run as they are.
    package var usable: [Check] { checks.filter { $0.missing == nil } }

    /// Looks at the files of a folder; a program counts as there when it is in a folder of the search path.
    package init(for folder: String, searchPath: String = CheckEnvironment().searchPath) {
        let tree = ProjectFiles(folder)
        var checks = ProjectKinds.all.flatMap { $0(tree) }
        for index in checks.indices {
            guard let program = checks[index].program else { continue }
            let isThere = searchPath.split(separator: ":").contains { Files.kind("\($0)/\(program)") != .nothing }
            checks[index].missing = isThere ? nil : program
        }
        let missing = Set(checks.filter { $0.missing != nil }.map(\.name))
        for index in checks.indices where checks[index].missing == nil {
            let gone = checks[index].lines.first { $0.key == "needs" && missing.contains($0.value) }
            if gone != nil { checks[index].missing = checks.first { $0.name == gone?.value }?.missing }
        }
        self.checks = Proposal.distinct(checks)
    }

    /// The text of the file; every line says what it is for.
    package var text: String {
        var lines = [
            "# The checks of this repository, in git-config syntax, read from the commit that is judged.",
            "# 'git validate' runs them in a clean worktree; 'git push' runs those of tier quick first.",
            "# Tiers: quick within standard within complete. A command with ; or # stands in double quotes.",
        ]
        for check in checks {
            let mark = check.missing == nil ? "" : "# "
            lines += ["", "# \(check.reason)"]
            if let missing = check.missing { lines.append("# Switched off: '\(missing)' is not installed here.") }
            lines.append("\(mark)[check \"\(check.name)\"]")
            let settings = check.lines.map { "\($0.key) = \(Proposal.quoted($0.value))" }
            let width = settings.map(\.count).filter { $0 <= 44 }.max() ?? 0
            for (line, setting) in zip(check.lines, settings) {
                let gap = String(repeating: " ", count: max(0, width - setting.count))
                lines.append("\(mark)    \(setting)\(gap)  # \(line.reason)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A value as git-config syntax wants it.
    private static func quoted(_ value: String) -> String {
        guard value.contains(where: { ";#\"\\".contains($0) }) else { return value }
        var text = "\""
        for character in value {
            if "\"\\".contains(character) { text.append("\\") }
            text.append(character)
        }
        return text + "\""
    }

    /// Names are unique in the file: a second check of a name gets a number.
    private static func distinct(_ checks: [Check]) -> [Check] {
        var seen: [String: Int] = [:]
        return checks.map { check in
            var check = check
            seen[check.name, default: 0] += 1
            if let count = seen[check.name], count > 1 { check.name += "-\(count)" }
            return check
        }
    }
}

extension Proposal.Check {
    /// Creates a check of a command.
    init(
        _ name: String, _ reason: String, run: String, _ why: String, tier: String = "standard",
        _ more: [(key: String, value: String, reason: String)] = []
    ) {
        self.name = name
        self.reason = reason
        let tiers = [
            "quick": "on every push, and with every 'git validate'", "standard": "with a plain 'git validate'",
            "complete": "only with --tier complete, and before a landing",
        ]
        lines = [
            Line(key: "run", value: run, reason: why), Line(key: "tier", value: tier, reason: tiers[tier] ?? ""),
        ]
        lines += more.map { Line(key: $0.key, value: $0.value, reason: $0.reason) }
    }

    /// The program that the command starts, where it is a plain one.
    fileprivate var program: String? {
        guard let run = lines.first(where: { $0.key == "run" })?.value,
            let word = run.split(separator: " ").first.map(String.init), !["for", "sh", "find"].contains(word)
        else { return nil }
        return word
    }
}

/// The files that tell what a project is made of.
struct ProjectFiles: Sendable {
    let folder: String
    let names: Set<String>

    init(_ folder: String) {
        self.folder = folder
        names = Set(Files.names(in: folder))
    }

    func has(_ name: String) -> Bool { names.contains(name) }
    func text(_ name: String) -> String { Files.text("\(folder)/\(name)") ?? "" }
    /// The names in a folder of the project.
    func names(in path: String) -> [String] { Files.names(in: "\(folder)/\(path)") }
}

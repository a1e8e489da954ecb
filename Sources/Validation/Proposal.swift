/// A first `.gitpatch` for what lies in a working tree.
package struct Proposal: Sendable {
    /// One proposed check with the reason for it.
    package struct Check: Sendable {
        package var name: String
        package var lines: [String]
        package var reason: String
    }

    package var checks: [Check]

    /// Looks at the files at the top of a folder.
    package init(for folder: String) {
        let names = Set(Files.names(in: folder))
        var checks: [Check] = []
        func has(_ name: String) -> Bool { names.contains(name) }
        if has("Package.swift") { checks += Proposal.swift }
        if has("Cargo.toml") { checks += Proposal.rust }
        if has("go.mod") { checks += Proposal.go }
        if has("package.json") { checks += Proposal.node(Files.text(folder + "/package.json") ?? "", names) }
        if has("pyproject.toml") || has("setup.py") { checks += Proposal.python(has("pyproject.toml")) }
        if let name = ["GNUmakefile", "makefile", "Makefile"].first(where: has) {
            checks += Proposal.make(Files.text(folder + "/" + name) ?? "", name)
        }
        if names.contains(where: { $0.hasSuffix(".sh") }) { checks.append(Proposal.shell) }
        self.checks = Proposal.distinct(checks)
    }

    /// The text of the file; each check says what it is for.
    package var text: String {
        var lines = [
            "# Checks of this repository: git-config syntax, read from the commit that is judged.",
            "# git validate runs them, git push runs those of tier quick.",
            "# Tiers: quick within standard within complete. Quote a command that holds ; or #.",
        ]
        for check in checks {
            lines += ["", "# \(check.reason)", "[check \"\(check.name)\"]"] + check.lines.map { "    " + $0 }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let swift = [
        Check(
            name: "build",
            lines: ["run = swift build --build-tests", "tier = quick", "cacheDir = .build", "tool = swift --version"],
            reason: "Package.swift: everything compiles; .build stays warm between runs."),
        Check(
            name: "test",
            lines: ["run = swift test", "needs = build", "cacheDir = .build", "tool = swift --version"],
            reason: "Package.swift: the tests pass."),
    ]

    private static let rust = [
        Check(
            name: "format", lines: ["run = cargo fmt --check", "tier = quick", "tool = cargo fmt --version"],
            reason: "Cargo.toml: the code is formatted."),
        Check(
            name: "test", lines: ["run = cargo test", "cacheDir = target", "tool = cargo --version"],
            reason: "Cargo.toml: the tests pass; target stays warm between runs."),
    ]

    private static let go = [
        Check(
            name: "vet", lines: ["run = go vet ./...", "tier = quick", "tool = go version"],
            reason: "go.mod: the code compiles and vet finds nothing."),
        Check(
            name: "test", lines: ["run = go test ./...", "tool = go version"], reason: "go.mod: the tests pass."),
    ]

    private static func node(_ text: String, _ names: Set<String>) -> [Check] {
        let (install, runner) =
            names.contains("pnpm-lock.yaml")
            ? ("pnpm install --frozen-lockfile", "pnpm")
            : names.contains("yarn.lock")
                ? ("yarn install --immutable", "yarn")
                : names.contains("package-lock.json") ? ("npm ci", "npm") : ("npm install", "npm")
        var checks = [
            Check(
                name: "install",
                lines: ["run = \(install)", "tier = quick", "cacheDir = node_modules", "tool = node --version"],
                reason: "package.json: what the scripts need, from the lock file.")
        ]
        for (script, tier) in [("lint", "quick"), ("build", "standard"), ("test", "standard")]
        where text.contains("\"\(script)\":") || text.contains("\"\(script)\" :") {
            checks.append(
                Check(
                    name: script,
                    lines: [
                        "run = \(runner) run \(script)", "tier = \(tier)", "needs = install", "cacheDir = node_modules",
                    ],
                    reason: "package.json: its script '\(script)'."))
        }
        return checks
    }

    private static func python(_ hasProject: Bool) -> [Check] {
        [
            Check(
                name: "compile",
                lines: ["run = python3 -m compileall -q .", "tier = quick", "tool = python3 --version"],
                reason: "\(hasProject ? "pyproject.toml" : "setup.py"): every file parses."),
            Check(
                name: "test", lines: ["run = python3 -m pytest -q", "tool = python3 --version"],
                reason: "\(hasProject ? "pyproject.toml" : "setup.py"): the tests pass."),
        ]
    }

    private static func make(_ text: String, _ file: String) -> [Check] {
        let targets = Set(
            text.split(separator: "\n").compactMap { line -> String? in
                guard let colon = line.firstIndex(of: ":"), line.first.map({ $0.isLetter }) ?? false else { return nil }
                return String(line[..<colon]).split(separator: " ").first.map(String.init)
            })
        return [("lint", "quick"), ("check", "standard"), ("test", "standard")].filter { targets.contains($0.0) }.map {
            Check(
                name: $0.0, lines: ["run = make \($0.0)", "tier = \($0.1)"], reason: "\(file): its target '\($0.0)'.")
        }
    }

    private static let shell = Check(
        name: "shell", lines: ["run = \"for f in *.sh; do sh -n $f || exit 1; done\"", "tier = quick", "path = *.sh"],
        reason: "Shell scripts: every one parses.")

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

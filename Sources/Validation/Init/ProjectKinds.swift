/// What is proposed for each kind of project.
enum ProjectKinds {
    private typealias Check = Proposal.Check

    /// Every kind, in the order of the file.
    static let all: [@Sendable (ProjectFiles) -> [Proposal.Check]] = [
        swift, rust, go, node, python, make, powerShell, docker, shell, workflows, otherHooks,
    ]

    private static let warm = "kept between runs, so that only what changed is built"
    private static let version = "another version, another verdict"

    @Sendable private static func swift(_ files: ProjectFiles) -> [Proposal.Check] {
        guard files.has("Package.swift") else { return [] }
        let more = [("cacheDir", ".build", warm), ("tool", "swift --version", version)]
        return [
            Check(
                "build", "Package.swift: everything compiles, tests too.", run: "swift build --build-tests",
                "builds the package and its tests", tier: "quick", more),
            Check(
                "test", "Package.swift: the tests pass.", run: "swift test", "runs the tests",
                [("needs", "build", "only when that has passed, in the same worktree")] + more),
        ]
    }

    @Sendable private static func rust(_ files: ProjectFiles) -> [Proposal.Check] {
        guard files.has("Cargo.toml") else { return [] }
        return [
            Check(
                "format", "Cargo.toml: the code is formatted.", run: "cargo fmt --check",
                "fails where rustfmt would change something", tier: "quick",
                [("tool", "cargo fmt --version", version)]),
            Check(
                "test", "Cargo.toml: the tests pass.", run: "cargo test", "builds and runs the tests",
                [("cacheDir", "target", warm), ("tool", "cargo --version", version)]),
        ]
    }

    @Sendable private static func go(_ files: ProjectFiles) -> [Proposal.Check] {
        guard files.has("go.mod") else { return [] }
        return [
            Check(
                "vet", "go.mod: the code compiles and vet finds nothing.", run: "go vet ./...",
                "compiles, and looks for likely mistakes", tier: "quick", [("tool", "go version", version)]),
            Check(
                "test", "go.mod: the tests pass.", run: "go test ./...", "runs the tests of all packages",
                [("tool", "go version", version)]),
        ]
    }

    @Sendable private static func node(_ files: ProjectFiles) -> [Proposal.Check] {
        guard files.has("package.json") else { return [] }
        let text = files.text("package.json")
        let (install, runner, lock): (String, String, String) =
            files.has("pnpm-lock.yaml")
            ? ("pnpm install --frozen-lockfile", "pnpm", "pnpm-lock.yaml")
            : files.has("yarn.lock")
                ? ("yarn install --immutable", "yarn", "yarn.lock")
                : files.has("package-lock.json")
                    ? ("npm ci", "npm", "package-lock.json") : ("npm install", "npm", "package.json")
        var checks = [
            Check(
                "install", "package.json: what the scripts need can be installed.", run: install,
                "installs exactly what \(lock) says", tier: "quick",
                [
                    ("cacheDir", "node_modules", warm), ("tool", "node --version", version),
                    ("input", "package.json", "its verdict depends on this"),
                    ("input", lock, "and on this, on nothing else"),
                ])
        ]
        if lock == "package.json" { checks[0].lines.removeLast() }
        for (script, tier) in [("lint", "quick"), ("typecheck", "quick"), ("build", "standard"), ("test", "standard")]
        where text.contains("\"\(script)\":") || text.contains("\"\(script)\" :") {
            checks.append(
                Check(
                    script, "package.json: its script '\(script)'.", run: "\(runner) run \(script)",
                    "runs the script", tier: tier,
                    [("needs", "install", "only when that has passed"), ("cacheDir", "node_modules", warm)]))
        }
        return checks
    }

    @Sendable private static func python(_ files: ProjectFiles) -> [Proposal.Check] {
        let name = ["pyproject.toml", "setup.py", "setup.cfg"].first(where: files.has)
        guard let name else { return [] }
        var checks = [
            Check(
                "compile", "\(name): every file parses.", run: "python3 -m compileall -q .",
                "compiles every file, runs none", tier: "quick", [("tool", "python3 --version", version)])
        ]
        if files.text(name).contains("[tool.ruff") || files.has("ruff.toml") {
            checks.append(
                Check(
                    "lint", "\(name): ruff finds nothing.", run: "ruff check .", "looks for likely mistakes",
                    tier: "quick", [("tool", "ruff --version", version)]))
        }
        checks.append(
            Check(
                "test", "\(name): the tests pass.", run: "python3 -m pytest -q", "runs the tests",
                [("tool", "python3 --version", version)]))
        return checks
    }

    @Sendable private static func make(_ files: ProjectFiles) -> [Proposal.Check] {
        guard let name = ["GNUmakefile", "makefile", "Makefile"].first(where: files.has) else { return [] }
        let targets = Set(
            files.text(name).split(separator: "\n").compactMap { line -> String? in
                guard let colon = line.firstIndex(of: ":"), line.first?.isLetter == true else { return nil }
                return String(line[..<colon]).split(separator: " ").first.map(String.init)
            })
        return [("lint", "quick"), ("check", "standard"), ("test", "standard")].filter { targets.contains($0.0) }.map {
            Check(
                $0.0, "\(name): its target '\($0.0)'.", run: "make \($0.0)",
                "makes the target; its jobs are shared with the other checks", tier: $0.1)
        }
    }

    @Sendable private static func powerShell(_ files: ProjectFiles) -> [Proposal.Check] {
        var checks: [Proposal.Check] = []
        let quiet = "pwsh -NoProfile -NonInteractive -Command"
        if let manifest = files.names.filter({ $0.hasSuffix(".psd1") }).min() {
            checks.append(
                Check(
                    "manifest", "\(manifest): the module's manifest is valid.",
                    run: "\(quiet) \"Test-ModuleManifest './\(manifest)' -ErrorAction Stop\"",
                    "reads the manifest and what it names", tier: "quick", [("tool", "pwsh --version", version)]))
        }
        let isModule = files.names.contains { $0.hasSuffix(".psd1") || $0.hasSuffix(".psm1") }
        let tests = ["tests", "Tests", "test", "."].first { folder in
            files.names(in: folder).contains { $0.hasSuffix(".Tests.ps1") }
        }
        if isModule, let tests {
            checks.append(
                Check(
                    "pester", "\(tests)/*.Tests.ps1: the tests pass.",
                    run: "\(quiet) \"Invoke-Pester -Path '\(tests)' -CI\"", "runs the tests, fails when one does",
                    [("tool", "pwsh --version", version)]))
        }
        return checks
    }

    @Sendable private static func docker(_ files: ProjectFiles) -> [Proposal.Check] {
        let found = files.names.filter { $0 == "Dockerfile" || $0.hasPrefix("Dockerfile.") || $0 == "Containerfile" }
        return found.sorted().map { name in
            Check(
                name == "Dockerfile" ? "image" : "image-\(name.split(separator: ".").last ?? "")",
                "\(name): the builder finds no mistake in it.", run: "docker build --check -f \(name) .",
                "looks at every instruction, builds nothing", tier: "complete",
                [
                    ("path", name, "only when the change touches it"), ("tool", "docker --version", version),
                ])
        }
    }

    @Sendable private static func shell(_ files: ProjectFiles) -> [Proposal.Check] {
        let folders = [".", "scripts", "script", "bin"].filter { folder in
            files.names(in: folder).contains { $0.hasSuffix(".sh") }
        }
        guard !folders.isEmpty else { return [] }
        let globs = folders.map { $0 == "." ? "*.sh" : "\($0)/*.sh" }
        return [
            Check(
                "shell", "Shell scripts (\(globs.joined(separator: ", "))): every one parses.",
                run: "for f in \(globs.joined(separator: " ")); do sh -n \"$f\" || exit 1; done",
                "reads each script, runs none", tier: "quick",
                globs.map { ("path", $0, "only when the change touches such a file") })
        ]
    }

    @Sendable private static func workflows(_ files: ProjectFiles) -> [Proposal.Check] {
        guard files.names(in: ".github/workflows").contains(where: { $0.hasSuffix(".yml") || $0.hasSuffix(".yaml") })
        else { return [] }
        return [
            Check(
                "workflows", ".github/workflows: they are valid.", run: "actionlint",
                "checks keys, expressions, shells and permissions", tier: "quick",
                [("path", ".github/workflows/**", "only when the change touches one")])
        ]
    }

    @Sendable private static func otherHooks(_ files: ProjectFiles) -> [Proposal.Check] {
        var checks: [Proposal.Check] = []
        if let name = ["lefthook.yml", "lefthook.yaml", ".lefthook.yml", "lefthook.toml", "lefthook.json"]
            .first(where: files.has)
        {
            checks.append(
                Check(
                    "lefthook", "\(name): the commands of its pre-commit hook, on all files.",
                    run: "lefthook run pre-commit --all-files --force", "runs them on the tree that is pushed",
                    tier: "quick", [("tool", "lefthook version", version)]))
        }
        if files.has(".pre-commit-config.yaml") {
            checks.append(
                Check(
                    "pre-commit", ".pre-commit-config.yaml: its hooks, on all files.",
                    run: "pre-commit run --all-files", "runs them on the tree that is pushed", tier: "quick",
                    [("tool", "pre-commit --version", version)]))
        }
        for event in ["pre-commit", "pre-push"] where files.names(in: ".husky").contains(event) {
            let needs = files.has("package.json") ? [("needs", "install", "its programs come from there")] : []
            checks.append(
                Check(
                    "husky-\(event)", ".husky/\(event): what it runs.", run: "sh -e .husky/\(event)",
                    "runs it on the tree that is pushed", tier: "quick", needs))
        }
        return checks
    }
}

import GitValues

/// Rules about single jobs: timeouts, matrices, platforms, images, steps.
struct JobRules {
    let workflow: Workflow
    let graph: JobGraph
    /// Lines that the checks of the repository run.
    let checkLines: [String]
    let times: RunTimes

    func findings() -> [Finding] {
        workflow.jobs.flatMap(findings(of:))
    }

    private func findings(of job: Workflow.Job) -> [Finding] {
        var all = timeout(job)
        all += matrix(job)
        all += platforms(job)
        all += images(job)
        all += longSteps(job)
        all += secondTruth(job)
        all += unpublished(job)
        all += gate(job)
        return all + history(job)
    }

    private func finding(
        _ rule: Rule, _ level: Finding.Level, _ line: Int, _ message: String, seconds: Double? = nil,
        amount: Double? = nil, fix: LineEdit? = nil
    ) -> Finding {
        Finding(
            rule: rule, level: level, path: workflow.path, line: line, message: message, seconds: seconds,
            amount: amount, fix: fix)
    }

    private func node(_ job: Workflow.Job) -> JobGraph.Node? { graph.nodes.first { $0.name == job.id } }

    private func timeout(_ job: Workflow.Job) -> [Finding] {
        guard job.calls == nil, job.node["timeout-minutes"] == nil, !job.steps.isEmpty else { return [] }
        if job.steps.allSatisfy({ $0.node["timeout-minutes"] != nil }) { return [] }
        let node = node(job)
        let hang = 360 * (node?.runners.first?.perMinute ?? 0)
        let cost = hang > 0 ? ", \(Money.text(hang))" : ""
        let words = "'\(job.id)' has no timeout: a hang takes 6 h\(cost)"
        // A guess would end jobs that take their time.
        guard let node, node.isMeasured else { return [finding(.noTimeout, .warning, job.line, words)] }
        let minutes = max(10, Int((node.each * 3 / 60).rounded(.up)))
        var fix: LineEdit?
        if let runsOn = job.node.pair("runs-on"), runsOn.value.endLine == runsOn.key.line,
            workflow.source.indices.contains(runsOn.key.line - 1),
            workflow.source[runsOn.key.line - 1].drop(while: { $0 == " " }).hasPrefix("runs-on:")
        {
            let pad = String(repeating: " ", count: runsOn.key.column)
            fix = LineEdit(line: runsOn.key.line + 1, count: 0, lines: ["\(pad)timeout-minutes: \(minutes)"])
        }
        return [
            finding(.noTimeout, .warning, job.line, "\(words); \(minutes) minutes would be enough", fix: fix)
        ]
    }

    private func matrix(_ job: Workflow.Job) -> [Finding] {
        guard let strategy = job.node["strategy"] else { return [] }
        var findings: [Finding] = []
        if strategy["fail-fast"]?.text == "false", workflow.triggers["pull_request"] != nil {
            findings.append(
                finding(
                    .matrix, .note, strategy.pair("fail-fast")?.key.line ?? job.line,
                    "'\(job.id)' goes on after a failure, also on pull requests; false on the default branch is enough")
            )
        }
        let copies = Matrix(strategy)
        if let atOnce = copies.atOnce, atOnce > 0, copies.copies.count > atOnce, let node = node(job) {
            let rounds = (Double(copies.copies.count) / Double(atOnce)).rounded(.up)
            let without = graph.with(node.name, taking: node.seconds / rounds).seconds
            findings.append(
                finding(
                    .matrix, .warning, strategy.pair("max-parallel")?.key.line ?? job.line,
                    "'\(job.id)' runs \(copies.copies.count) copies \(atOnce) at a time; without the limit side by side",
                    seconds: graph.seconds - without))
        }
        return findings
    }

    private func platforms(_ job: Workflow.Job) -> [Finding] {
        guard workflow.triggers["pull_request"] != nil, job.condition.isEmpty, let node = node(job) else { return [] }
        let dear = node.runners.filter { $0 == .macOS || $0 == .windows }
        guard !dear.isEmpty, node.runners.count > dear.count else { return [] }
        let minutes = max(1, (node.each / 60).rounded(.up))
        let amount = dear.reduce(0) { $0 + minutes * $1.perMinute }
        let names = Set(dear.map(\.rawValue)).sorted().joined(separator: " and ")
        return [
            finding(
                .dearPlatform, .note, job.line(of: "strategy"),
                "'\(job.id)' runs \(dear.count) of \(node.runners.count) copies on \(names) in every pull request",
                amount: amount)
        ]
    }

    private func images(_ job: Workflow.Job) -> [Finding] {
        let axes = job.node["strategy"]?["matrix"]?.scalars.map(\.text) ?? []
        let moving = (job.labels + axes).filter { label in
            ["ubuntu-latest", "windows-latest", "macos-latest"].contains(label)
        }
        guard !moving.isEmpty else { return [] }
        let names = Set(moving).sorted().joined(separator: ", ")
        return [
            finding(
                .movingImage, .note, job.line(of: "runs-on"),
                "'\(job.id)' runs on \(names): caches and results change when the label moves")
        ]
    }

    private func seconds(of step: Workflow.Step, in job: Workflow.Job) -> Double {
        times.step(step.title, of: [job.node["name"]?.text ?? job.id, job.id]) ?? Priors.seconds(step)
    }

    /// Steps that check something, one after the other, where the second needs nothing of the first.
    private func longSteps(_ job: Workflow.Job) -> [Finding] {
        guard let node = node(job), graph.criticalPath.contains(node.name) else { return [] }
        func kind(_ step: Workflow.Step) -> String? {
            guard let run = step.run?.lowercased(), !Priors.isInstall(step), !Priors.tellsOutputs(run) else {
                return nil
            }
            if ["lint", "clippy", "fmt", "eslint", "ruff", "mypy", "typecheck"].contains(where: run.contains) {
                return "lint"
            }
            // `prepare-test` prepares.
            let words = run.split { " \t\n\"'".contains($0) }
            let isTest = words.contains { word in
                word == "test" || word.hasPrefix("test:") || ["pytest", "jest", "nextest", "ctest"].contains(word)
            }
            if isTest { return "test" }
            return ["bench", "cargo doc", "npm run docs"].contains(where: run.contains) ? "other" : nil
        }
        let long = job.steps.compactMap { step in
            kind(step).map { (kind: $0, seconds: min(seconds(of: step, in: job), node.each), step: step) }
        }
        .filter { $0.seconds >= 30 }
        guard Set(long.map(\.kind)).count > 1 else { return [] }
        let longest = long.map(\.seconds).max() ?? 0
        let saving = long.reduce(0) { $0 + $1.seconds } - longest
        return [
            finding(
                .longSteps, .note, long[1].step.line,
                "'\(job.id)' runs \(long.count) checks one after the other that look independent and could run side by side",
                seconds: saving)
        ]
    }

    private func secondTruth(_ job: Workflow.Job) -> [Finding] {
        job.steps.compactMap { step in
            guard let run = step.run, let line = checkLines.first(where: { $0.count > 3 && run.contains($0) }) else {
                return nil
            }
            return finding(
                .secondTruth, .note, step.line,
                "'\(job.id)' runs '\(line)' by itself: 'git validate' would share its verdict with developers")
        }
    }

    private func unpublished(_ job: Workflow.Job) -> [Finding] {
        let tests = job.steps.first { step in
            [
                "pytest", "npm test", "cargo test", "go test", "swift test", "ctest", "mvn test", "gradle test",
                "npm run test",
            ]
            .contains { step.run?.contains($0) == true }
        }
        guard let tests else { return [] }
        let publishes = job.steps.contains { step in
            step.action?.contains("upload-artifact") == true || step.action?.contains("test-report") == true
                || step.action?.contains("junit") == true || step.action?.contains("codecov") == true
                || step.run?.contains("GITHUB_STEP_SUMMARY") == true
        }
        return publishes
            ? []
            : [finding(.unpublished, .note, tests.line, "'\(job.id)' leaves its test results in the log only")]
    }

    private func gate(_ job: Workflow.Job) -> [Finding] {
        guard job.needs.count > 1, job.condition.contains("always()"), !job.mentions("needs.", "(needs)") else {
            return []
        }
        return [
            finding(
                .looseGate, .error, job.line(of: "if"),
                "'\(job.id)' always runs and looks at no result of '\(job.needs.joined(separator: "', '"))': it is green when they fail"
            )
        ]
    }

    private func history(_ job: Workflow.Job) -> [Finding] {
        let readers = [
            "git log", "git describe", "git diff", "git merge-base", "git rev-list", "git tag", "git blame", "git show",
            "git rebase", "git cherry-pick", "git merge", "changeset", "semantic-release", "lerna", "nx affected",
            "turbo",
            "commitlint", "goreleaser", "setuptools_scm", "setuptools-scm", "hatch", "versioningit", "git shortlog",
            "build-and-inspect", "codecov", "sonar", "git push", "cliff", "release", "vercel", "chromatic", "towncrier",
        ]
        return job.steps.compactMap { step in
            guard step.action == "actions/checkout", step.input("fetch-depth") == "0" else { return nil }
            let mayRead = job.texts.contains { text in readers.contains { text.text.lowercased().contains($0) } }
            // Scripts, build tools and actions may read it without saying so here.
            let scripts = [
                "./", "make", "nix", "just ", "npm run", "pnpm ", "yarn ", "tox", "python ", "sh ", "mage", "task ",
            ]
            let isKnown = job.steps.allSatisfy { step in
                step.isInert && !scripts.contains { step.run?.contains($0) == true }
            }
            guard !mayRead, isKnown else { return nil }
            let line = step.node["with"]?.pair("fetch-depth")?.key.line ?? step.line
            return finding(
                .wholeHistory, .note, line, "'\(job.id)' fetches the whole history and no step in sight reads it")
        }
    }
}

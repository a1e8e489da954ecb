import Foundation
import SuiteTestSupport
import Testing

@testable import Pipelines

/// What is said of `needs` is true, and what is changed still works.
struct NeedTests {
    private func analysis(_ text: String) throws -> Analysis {
        try Analysis(AnalysisRequest(path: "w.yml", bytes: Array(text.utf8)))
    }

    private func job(_ id: String, needs: String = "", _ more: String = "- run: make \n") -> String {
        let waits = needs.isEmpty ? "" : "    needs: \(needs)\n"
        let steps = more.split(separator: "\n").map { "      " + $0 + "\n" }.joined()
        return "  \(id):\n    runs-on: ubuntu-24.04\n    timeout-minutes: 5\n\(waits)    steps:\n\(steps)"
    }

    private func needless(_ found: Analysis) -> [String] {
        found.findings.filter { [.needlessNeed, .cheapGate].contains($0.rule) }.map(\.message)
    }

    @Test(arguments: [
        "[\n      a,\n      b\n    ]", "\n      - a\n      - b", "[a,\n      b]", "[\n      a, b]",
    ])
    func everyFormOfNeedsGoesAsAWhole(_ form: String) async throws {
        let text = "on: push\njobs:\n" + job("a") + job("b") + job("c", needs: form) + "# the end\n"
        for source in [text, text.replacingOccurrences(of: "\n", with: "\r\n")] {
            try await TestRepository.with { repository in
                try await repository.git("config", "core.autocrlf", "false")
                try await repository.commit("one", files: ["w.yml": source])
                let patch = try analysis(source).patch
                try await repository.git(["apply", "-"], input: patch + "\n")
                let fixed = try #require(repository.read("w.yml"))
                #expect(try analysis(fixed).workflow.job("c")?.needs == [])
                #expect(fixed.hasSuffix(source.contains("\r") ? "# the end\r\n" : "# the end\n"))
                #expect(!fixed.replacingOccurrences(of: "\r\n", with: "").contains(source.contains("\r") ? "\n" : "\r"))
            }
        }
    }

    @Test func whatTwoWaitsCostIsToldOnce() throws {
        let found = try analysis(
            "on: push\njobs:\n" + job("a") + job("b", needs: "a") + job("c", needs: "[a, b]"))
        let edges = found.findings.filter { $0.rule == .needlessNeed && $0.message.contains("'c'") }
        #expect(edges.count == 2)
        #expect(edges.compactMap(\.seconds).count == 1, "what is saved together is no sum of parts")
        #expect(edges[0].message.hasSuffix("; without it and 'b'"))
        #expect(found.findings.allSatisfy { $0.amount == nil }, "no amount is made up")
    }

    @Test func aCircleIsNamedWithItsLine() throws {
        let text = "on: push\njobs:\n" + job("x", needs: "a") + job("a", needs: "b") + job("b", needs: "a")
        let problem = #expect(throws: YAMLProblem.self) { try analysis(text) }
        #expect(problem?.reason.contains("in a circle") == true)
        #expect(problem?.reason.hasSuffix("'a', 'b'") == true, "\(String(describing: problem))")
        #expect(problem.map { text.split(separator: "\n")[$0.line - 1].contains("needs: b") } == true)
    }

    @Test(arguments: [
        ("- run: echo", "- run: echo ${{ NEEDS.first.outputs.go }}"),
        ("- run: echo", "- run: echo ${{ needs . first . outputs . v }}"),
        ("- run: echo", "- run: echo ${{ needs[ 'First' ].result }}"),
        ("- run: terraform apply", "- run: ./end-to-end"),
        ("- run: kubectl apply -f x", "- run: curl https://staging.example"),
        ("- run: aws s3 cp out s3://bucket", "- run: aws s3 cp s3://bucket in"),
        ("- uses: actions/upload-artifact@v4", "- run: gh run download"),
        ("- run: ./ship\n  env: {KEY: \"${{ secrets.KEY }}\"}", "- run: ./look"),
    ])
    func aReasonToWaitIsSeen(_ first: String, _ second: String) throws {
        let found = try analysis("on: push\njobs:\n" + job("first", first) + job("second", needs: "first", second))
        #expect(needless(found) == [])
    }

    /// What a program does that nobody knows may be what the next job meets: told, and left to people.
    @Test(arguments: [
        ("psql -f schema.sql", "make test"), ("mysql < schema.sql", "make test"),
        ("curl -X POST https://example.org", "make test"), ("rsync -a out host:/x", "make test"),
        ("docker compose up -d", "make test"), ("flyctl apps create x", "make test"), ("./migrate", "make test"),
        ("npm run migrate", "npm test"), ("make", "./end-to-end"), ("make && psql -c x", "make test"),
        ("cargo build; $TOOL", "cargo test"), ("cargo run -- migrate", "cargo test"), ("go run ./migrate", "go test"),
        ("npx prisma migrate", "npm test"), ("make migrate", "make test"), ("env X=1 psql", "make"),
    ])
    func onlyKnownLocalToolsAreTakenApart(_ first: String, _ second: String) throws {
        let found = try analysis(
            "on: push\njobs:\n" + job("first", "- run: \(first)\n")
                + job("second", needs: "first", "- run: \(second)\n"))
        #expect(!found.patch.contains("needs"), "\(found.patch)")
    }

    @Test(arguments: [
        ("cargo clippy -- -D warnings", "cargo test --all"), ("make", "make check"),
        ("npm ci && npm run lint", "npm test"),
        ("FLAG=1 go vet ./...", "go test ./... | tee log"), ("swift build", "set -e; swift test"),
    ])
    func knownLocalToolsAreTakenApart(_ first: String, _ second: String) throws {
        let found = try analysis(
            "on: push\njobs:\n" + job("first", "- run: \(first)\n")
                + job("second", needs: "first", "- run: \(second)\n"))
        #expect(found.patch.contains("-    needs: first"), "\(found.findings)")
    }

    @Test(arguments: [
        "echo go && ./smoke.sh", "echo $(make check)", "echo `make check`", "echo x; exit 1", "echo x | tee f",
        "echo x & make",
    ])
    func anEchoThatDoesMoreIsNoGate(_ line: String) throws {
        let found = try analysis("on: push\njobs:\n" + job("a") + job("b", needs: "a", "- run: \(line)\n"))
        #expect(found.workflow.job("b")?.isPureGate == false)
        let plain = try analysis("on: push\njobs:\n" + job("a") + job("b", needs: "a", "- run: echo done\n"))
        #expect(plain.workflow.job("b")?.isPureGate == true)
    }

    @Test func aWordThatOnlyLooksLikeANeedIsNone() throws {
        let text =
            "on: push\njobs:\n" + job("first", "- run: make")
            + job("second", needs: "first", "- run: make needs more.first and needsfirst.x")
        #expect(needless(try analysis(text)).count == 1)
    }

    /// Not a matter of milliseconds: with a cost that grows with the cube this takes minutes.
    @Test func aLongChainIsAnalysed() throws {
        let chain = (0..<200).map { job("j\($0)", needs: $0 == 0 ? "" : "j\($0 - 1)") }.joined()
        let found = try analysis("on: push\njobs:\n" + chain)
        #expect(needless(found).count == 199)
        #expect(found.graph.criticalPath.count == 200)
    }

    @Test func everyCopyOfACallTakesItsRunners() throws {
        let inner = "on: workflow_call\njobs:\n" + job("one") + job("two")
        let text = """
            on: push
            jobs:
              call:
                strategy:
                  matrix:
                    os: [a, b, c]
                uses: ./inner.yml

            """
        let found = try Analysis(
            AnalysisRequest(path: "w.yml", bytes: Array(text.utf8)) { $0 == "inner.yml" ? Array(inner.utf8) : nil })
        #expect(found.graph.nodes.map(\.runners.count) == [3, 3])
        #expect(found.graph.cost.minutes == 6 * Int((found.graph.nodes[0].seconds / 60).rounded(.up)))
    }

    @Test func whatAnAnchorSharesIsToldOnce() throws {
        let text = """
            on: push
            jobs:
              one:
                runs-on: ubuntu-24.04
                timeout-minutes: 5
                steps: &steps
                  - uses: actions/checkout@v2
              two:
                runs-on: ubuntu-24.04
                timeout-minutes: 5
                steps: *steps

            """
        let told = try analysis(text).findings.filter { $0.rule == .oldAction }
        #expect(told.count == 1)
    }

    @Test func moreCopiesThanTheForgeTakesAreNoFact() throws {
        let values = (0..<20).map(String.init).joined(separator: ", ")
        let matrix = "    strategy:\n      matrix:\n        a: [\(values)]\n        b: [\(values)]\n"
        let text = "on: push\njobs:\n" + job("m").replacingOccurrences(of: "    steps:", with: matrix + "    steps:")
        let node = try #require(try analysis(text).graph.nodes.first)
        #expect(node.runners.count == 256 && node.isDynamic)
    }

    /// A job that only waits is there to wait, and others wait for it on purpose: told with what it costs, never taken away.
    @Test func aJobThatOnlyWaitsIsAGate() throws {
        func job(_ name: String, _ needs: String, _ run: String) -> String {
            "  \(name):\n    runs-on: ubuntu-24.04\n    timeout-minutes: 9\n    needs: [\(needs)]\n    steps:\n      - run: \(run)\n"
        }
        let text =
            "on: push\npermissions: {}\njobs:\n" + job("clippy", "", "cargo clippy") + job("fmt", "", "cargo fmt")
            + job("basics", "clippy, fmt", "exit 0") + job("tests", "basics", "cargo test")
            + job("more", "fmt, clippy", "cargo test --all")
        let found = try Analysis(AnalysisRequest(path: "ci.yml", bytes: Array(text.utf8)))
        let said = found.findings.filter { [.needlessNeed, .cheapGate].contains($0.rule) }
        #expect(said.allSatisfy { !$0.message.contains("basics' waits") }, "\(said)")
        let gate = try #require(said.first { $0.message.hasPrefix("'basics' holds up 'tests': ~1 m 45 s in each run") })
        #expect(gate.rule == .cheapGate && gate.fix == nil && (gate.seconds ?? 0) >= 10)
        #expect(!found.patch.contains("basics"))
        // What is not waited for, because another one takes longer, holds up nothing.
        #expect(
            said.contains { $0.message == "'more' waits for 'fmt' and takes nothing from it" },
            "\(said)")
    }

    /// It comes after what it came after, by way of the jobs that do not wait any more.
    @Test(arguments: ["docs", "[docs]", "docs # the last", "\n      - docs"])
    func aDeploymentStillComesAfterTheTests(_ form: String) async throws {
        let text =
            "on: push\njobs:\n" + job("build") + job("unit", needs: "build") + job("docs", needs: "unit")
            + job("deploy", needs: form, "- run: ./deploy.sh") + job("all-done", needs: "deploy", "- run: echo done")
        let found = try analysis(text)
        try await TestRepository.with { repository in
            try await repository.commit("one", files: ["w.yml": text])
            if found.patch.contains("needs") { try await repository.git(["apply", "-"], input: found.patch + "\n") }
            let fixed = try analysis(try #require(repository.read("w.yml"))).workflow
            for gate in ["deploy", "all-done"] {
                #expect(fixed.ancestors(of: gate).isSuperset(of: ["build", "unit", "docs"]), "\(found.patch)")
            }
            // Where the wait of the deployment cannot be written, none is taken away.
            #expect((fixed.job("docs")?.needs == []) == !form.contains("#"), "\(found.patch)")
            #expect(fixed.job("all-done")?.needs == ["deploy"])
        }
        let told = try #require(needless(found).first { $0.hasPrefix("'docs' waits for 'unit'") })
        #expect(told.hasSuffix("; let 'deploy' wait for 'unit' then"), "\(told)")
        // Three times 95 s are one; 35 s of the deployment and 10 s of the end stay behind them.
        #expect(found.secondsWithoutNeedlessWaits == 95 + 35 + 10)
        #expect(found.whatIfs.first { $0.change.hasPrefix("no job") }?.seconds == 190)
    }

    /// A need more does not make it look at one more result: it would pass while the tests fail.
    @Test(arguments: ["always()", "${{ !cancelled() }}", "Always()", "success() || failure()"])
    func aGateThatNamesResultsKeepsTheChainBeforeIt(_ condition: String) throws {
        func found(_ look: String) throws -> Analysis {
            let end =
                "  required:\n    if: \(condition)\n    needs: docs\n    runs-on: ubuntu-latest\n    steps:\n"
                + "      - run: test \"${{ \(look) }}\" = success\n"
            return try analysis("on: push\njobs:\n" + job("unit") + job("docs", needs: "unit") + end)
        }
        let one = try found("needs.docs.result")
        #expect(!one.patch.contains("needs"), "\(one.patch)")
        let told = try #require(needless(one).first { $0.hasPrefix("'docs' waits for 'unit'") })
        #expect(told.hasSuffix("; let 'required' wait for 'unit', look at the results, then"), "\(told)")
        // All of them are whatever it waits for.
        let all = try found("join(needs.*.result)")
        #expect(all.patch.contains("+    needs: [docs, unit]"), "\(all.patch)")
    }

    /// A job is skipped with one that it waits for, and meets what stays on a machine of one's own.
    @Test(
        arguments: [
            "if: github.event_name == 'push'", "concurrency: board", "runs-on: [self-hosted, board]", "runs-on: board",
        ],
        [0, 1, 2])
    func aWaitThatMayMeanMoreIsLeftToPeople(_ line: String, at place: Int) throws {
        func end(_ id: String, _ needs: String, _ number: Int) -> String {
            let runner = number == place && line.hasPrefix("runs-on") ? "" : "    runs-on: ubuntu-latest\n"
            return "  \(id):\n\(runner)" + (number == place ? "    \(line)\n" : "") + needs
                + "    steps:\n      - run: make build\n"
        }
        let found = try analysis(
            "on: push\njobs:\n" + end("one", "", 0) + end("two", "    needs: [one]\n", 1)
                + end("three", "    needs: [two]\n", 2))
        #expect(needless(found).contains { $0.hasPrefix("'three' waits for 'two'") }, "\(needless(found))")
        let isOwnCondition = line.hasPrefix("if") && place == 2
        #expect(found.patch.contains("-    needs: [two]") == isOwnCondition, "\(found.patch)")
    }

    /// What was measured is not guessed.
    @Test func shortStepsNeedNoRunnersOfTheirOwn() throws {
        let text = "on: push\njobs:\n" + job("a", "- name: one\n  run: make lint\n- name: two\n  run: make test\n")
        func isTold(_ times: RunTimes) throws -> Bool {
            try Analysis(AnalysisRequest(path: "w.yml", bytes: Array(text.utf8), times: times)).findings
                .contains { $0.rule == .longSteps }
        }
        #expect(try isTold(RunTimes()))
        func step(_ name: String, _ from: Int, _ to: Int) -> String {
            #"{"name": "\#(name)", "started_at": "2026-11-01T10:\#(from):00Z", "completed_at": "2026-11-01T10:\#(to):00Z"}"#
        }
        func history(_ end: Int) throws -> RunTimes {
            try RunTimes(
                #"{"jobs": [{"name": "a", "conclusion": "success", "started_at": "2026-11-01T10:10:00Z", "completed_at": "2026-11-01T10:\#(end):00Z", "steps": [\#(step("one", 10, 10)), \#(step("two", 10, end))]}]}"#,
                path: "h")
        }
        #expect(try !isTold(history(20)), "one takes no time")
    }

    /// Who looks at results does nothing of what their names say.
    @Test func aGateTakesNoTime() throws {
        let judge = "- env:\n    R: ${{ needs.build.result }}\n  run: judge build test \"$R\"\n"
        let found = try analysis("on: push\njobs:\n" + job("build") + job("gate", needs: "build", judge))
        #expect(found.graph.nodes.first { $0.name == "gate" }?.seconds == 6)
    }
}

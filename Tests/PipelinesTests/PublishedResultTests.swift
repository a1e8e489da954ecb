import Foundation
import SuiteTestSupport
import Testing

@testable import Pipelines

/// What jobs tell when their checks have ended: times, and what scanners found.
struct PublishedResultTests {
    private static let file = ".github/workflows/validate.yml"
    private static let checks = """
        [check "slow"]
            run = sleep 1.2
        [check "bad"]
            run = "sleep 1.2; exit 3"
            needs = slow
        [check "scan"]
            run = "mkdir -p out; echo '{\\"version\\": \\"2.1.0\\", \\"runs\\": []}' > out/s.sarif"
            report = out/s.sarif
            isolated = true

        """

    @Test(.enabled(if: Oracles.act != nil && Oracles.node != nil))
    func timesAreInTheReport() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one", files: [".gitpatch": Self.checks])
            #expect(try await repository.run("git-validate", ["ci", "generate"]).succeeded)
            try await repository.commit("two")
            let run = try await ActRun.run("push", in: repository)
            #expect(run.exit == 1 && run.results["slow-bad"] == "failure", "\(run.output)")
            let text = try String(contentsOfFile: run.shelf + "/report-slow-bad/slow-bad.xml", encoding: .utf8)
            #expect(text.contains(/<testcase name="slow" time="[12]"\/>/), "\(text)")
            #expect(text.contains(/<testcase name="bad" time="[12]"><failure message="failure"\/>/), "\(text)")
            let found = run.shelf + "/found-scan/s.sarif"
            #expect(FileManager.default.fileExists(atPath: found), "\(run.calls)")
            #expect(!run.calls.contains { $0.hasPrefix("github/codeql-action") }, "that is asked for by name")
        }
    }

    @Test(
        .enabled(if: Oracles.act != nil && Oracles.node != nil && Oracles.zizmor != nil && Oracles.actionlint != nil),
        arguments: ["", "install = true\n"])
    func codeScanningGetsReportsButNotFromForks(install: String) async throws {
        try await TestRepository.with { repository in
            try await repository.commit(
                "one", files: [".gitpatch": Self.checks + "[ci]\ncodeScanning = true\n" + install])
            #expect(try await repository.run("git-validate", ["ci", "generate"]).succeeded)
            #expect(try await repository.findings(Self.file) == "")
            try await repository.commit("two")
            func scans(_ head: String) async throws -> [String] {
                let payload =
                    #"{"repository": {"full_name": "me/it"}, "pull_request": {"number": 1, "title": "x", "head": {"repo": {"full_name": "\#(head)"}}}}"#
                let run = try await ActRun.run(
                    "pull_request", in: repository, payload: payload, more: ["--env", "GITHUB_REPOSITORY=me/it"])
                #expect(run.results["scan"] == "success", "\(run.output)")
                return run.calls.filter { $0.hasPrefix("github/codeql-action") }
            }
            let own = try await scans("me/it")
            #expect(own.count == 1 && own[0].contains("category=scan"), "\(own)")
            #expect(try await scans("other/it").isEmpty)
        }
    }

    /// Without a validator, too; and no check finds the report among its files.
    @Test(arguments: ["", "[ci]\ninstall = true\n"])
    func gitLabGetsAReport(install: String) async throws {
        let checks =
            Self.checks + """
                [check "after"]
                    run = true
                    needs = bad
                [check "a <b> & \\"c\\""]
                    run = test -z \"$(git status --porcelain)\"
                    isolated = true
                [check "elsewhere"]
                    run = true
                    needs = slow
                    path = docs/**

                """
        try await TestRepository.with { repository in
            try await repository.commit("one", files: [".gitpatch": checks + install])
            let made = try await repository.run("git-validate", ["ci", "generate", "--forge", "gitlab"])
            #expect(made.succeeded, "\(made)")
            try await repository.commit("two")
            let run = try await GitLabRun.run(in: repository)
            let text = run.reports.values.joined()
            let time = install.isEmpty ? /time="[12]"/ : /time="[12]\.\d+"/
            func cases(_ outcome: String) -> Set<String> {
                let all = text.split(separator: "<testcase ").dropFirst().filter { $0.contains("<\(outcome)") }
                return Set(all.compactMap { $0.firstMatch(of: /(?:^| )name="(.*?)"/).map { String($0.1) } })
            }
            #expect(cases("failure").contains("bad") && !cases("failure").contains("slow"), "\(run.output)\(text)")
            #expect((cases("failure").union(cases("skipped"))).isSuperset(of: ["bad", "after"]), "\(text)")
            #expect(text.contains("name=\"a &lt;b&gt; &amp; &quot;c&quot;\""), "\(text)")
            #expect(text.contains(time) && text.contains("name=\"scan\""), "\(text)")
            if install.isEmpty { #expect(cases("skipped") == ["elsewhere"], "\(text)") }
            #expect(run.results.filter { $0.value }.count == run.results.count - 1, "\(run.output)")
        }
    }
}

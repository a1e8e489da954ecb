import Foundation
import GitValues
import SuiteTestSupport
import Testing

/// `git validate --json` is one object with the promised fields, whatever happens.
struct ContractTests {
    @Test func aReportThatCannotBeWrittenIsPartOfTheOneObject() async throws {
        try await CheckedRepository.with("[check \"a\"]\n    run = true\n") { repository in
            let result = try await repository.validate("--json", "--junit", "/nonexistent/x")
            #expect(result.exitCode == 69)
            #expect(result.output.split(separator: "\n").count == 1)
            let report = try await repository.report("--junit", "/nonexistent/x")
            #expect(report.outcome == "refused")
            #expect(report.errors?.map(\.code) == ["cannot-write"])
            #if os(Linux)
                // One that can be opened, and not be written.
                let late = try await repository.report("--junit", "/dev/full")
                #expect(late.outcome == "failed" && late.outcomes == ["a": "passed"])
                #expect(late.errors?.map(\.code) == ["cannot-write"])
            #endif
        }
    }

    @Test(arguments: [[:], [".gitpatch": "[check \"a\"]\n    run = true\n    tier = complete\n"]])
    func withoutChecksTheAnswerIsRefused(_ files: [String: String]) async throws {
        try await TestRepository.with { repository in
            let commit = try await repository.commit("one", files: files.merging(["a": "a\n"]) { $1 })
            let result = try await repository.run("git-validate", ["--json", "--tier", "quick"])
            #expect(result.exitCode == 78)
            let tree = try await repository.id("\(commit)^{tree}")
            let object = try #require(
                JSONSerialization.jsonObject(with: Data(result.outputBytes)) as? [String: Any])
            #expect(object["outcome"] as? String == "refused")
            #expect(object["tree"] as? String == tree.hex)
            #expect(object["tier"] as? String == "quick")
            #expect(object["wall"] as? Double == 0)
            #expect((object["checks"] as? [Any])?.isEmpty == true)
            #expect((object["errors"] as? [Any])?.count == 1)
        }
    }
}

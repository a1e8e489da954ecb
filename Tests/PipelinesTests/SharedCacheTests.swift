import Foundation
import SuiteTestSupport
import Testing

@testable import Pipelines

/// Jobs with a validator and the shared cache of verdicts.
struct SharedCacheTests {
    private static let file = ".github/workflows/validate.yml"
    private static let checks = #"""
        [ci]
            install = true
            remoteCache = http://127.0.0.1:9/cache
            cacheKey = CACHE_KEY
        [check "a"]
            run = "(git config validate.remoteCache; cat \"$(git config validate.remoteKey)\"; echo; git config validate.remotePush; echo \"${CACHE_KEY-unseen}\") >> \"$NOTES\" 2> /dev/null"
            env = NOTES

        """#

    @Test(
        .enabled(if: Oracles.act != nil && Oracles.node != nil && Oracles.zizmor != nil && Oracles.actionlint != nil))
    func onlyTheTargetWritesAndForksHaveNone() async throws {
        try await TestRepository.with { plain in
            let notes = plain.scratch.path + "/notes"
            let repository = plain.with(environment: ["NOTES": notes])
            try await repository.commit("one", files: [".gitpatch": Self.checks])
            let made = try await repository.run("git-validate", ["ci", "generate"])
            #expect(
                made.errorOutput.contains("gh secret set CACHE_KEY --env validate); for the shared cache"), "\(made)")
            #expect(try await repository.findings(Self.file) == "")
            try await repository.commit("two")
            func said(_ event: String, _ more: String...) async throws -> [String] {
                let run = try await ActRun.run(event, in: repository, more: more)
                let text = (try? String(contentsOfFile: notes, encoding: .utf8)) ?? run.output
                try? FileManager.default.removeItem(atPath: notes)
                return text.split(separator: "\n").map(String.init)
            }
            let address = "http://127.0.0.1:9/cache"
            #expect(try await said("push", "--secret", "CACHE_KEY=k1") == [address, "k1", "true", "unseen"])
            #expect(try await said("pull_request", "--secret", "CACHE_KEY=k1") == [address, "k1", "unseen"])
            #expect(try await said("pull_request") == ["unseen"])
        }
    }

    @Test func gitLabIsToldTheSame() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one", files: [".gitpatch": Self.checks])
            let lab = try await repository.run("git-validate", ["ci", "generate", "--forge", "gitlab", "--stdout"])
            let script = try YAMLReader.read(Array(lab.output.utf8), path: "x")["a"]?["script"]?.items ?? []
            let text = script.compactMap(\.text).joined(separator: "\n")
            #expect(text.contains("git config validate.remoteCache http://127.0.0.1:9/cache"), "\(text)")
            #expect(
                text.contains("if [ \"${CI_COMMIT_BRANCH:-}\" = main ]; then git config validate.remotePush true; fi"))
            try repository.write(".gitpatch", Self.checks.replacing("    install = true\n", with: ""))
            let useless = try await repository.run("git-validate", ["ci", "generate"])
            #expect(useless.errorOutput.contains("ci.remoteCache is of no use without"), "\(useless)")
            #expect(repository.read(Self.file)?.contains("validate.remotePush true") == false)
        }
    }
}

import SuiteTestSupport
import Testing

@testable import Pipelines

/// Generated workflows as zizmor (auditor) and actionlint see them.
struct LinterTests {
    static let terms = [
        "", "[ci]\nplatform = ubuntu-24.04\nplatform = macos-15\nplatform = windows-2025\nschedule = 17 3 * * *\n",
        "[ci]\ninstall = ./install.sh --yes\nsetup = \"apt-get update; echo ${{ x }}\"\nsetup = true\nlockFile = a.lock\n",
    ]

    @Test(.enabled(if: Oracles.zizmor != nil && Oracles.actionlint != nil), arguments: terms, ["portable", "modern"])
    func nothingIsFound(terms: String, dialect: String) async throws {
        try await TestRepository.with { repository in
            try await repository.commit(
                "one", files: [".gitpatch": GenerateTests.mixed + terms, "Package.resolved": "{}\n"])
            // Known times put checks together, so that the modern dialect has steps to run side by side.
            _ = try await repository.run("git-validate", [])
            let result = try await repository.run("git-validate", ["ci", "generate", "--dialect", dialect])
            #expect(result.succeeded, "\(result)")
            #expect(try await repository.findings(".github/workflows/validate.yml") == "")
        }
    }

    @Test(.enabled(if: Oracles.act != nil), arguments: terms)
    func actTakesThePortableDialect(terms: String) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one", files: [".gitpatch": GenerateTests.mixed + terms])
            #expect(try await repository.run("git-validate", ["ci", "generate"]).succeeded)
            let result = try await repository.run(Oracles.act ?? "act", ["--validate", "--strict"])
            #expect(result.succeeded, "\(result)")
        }
    }
}

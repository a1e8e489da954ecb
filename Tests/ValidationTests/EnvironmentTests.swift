import Foundation
import SuiteTestSupport
import Testing

/// Promise 5 turned inwards: a check cannot reach the repository by accident.
struct EnvironmentTests {
    @Test func repositoryVariablesAndUndeclaredOnesAreAbsent() async throws {
        let checks = """
            [check "environment"]
                run = env
                env = DECLARED_*
                env = GIT_DIR

            """
        try await CheckedRepository.with(checks) { desk in
            let repository = desk.repository.with(environment: [
                "GIT_DIR": desk.repository.path + "/.git", "GIT_WORK_TREE": desk.repository.path,
                "GIT_INDEX_FILE": desk.repository.path + "/.git/index", "GIT_AUTHOR_NAME": "Eve",
                "SECRET": "hidden", "GITPATCH_TOKEN": "hidden", "DECLARED_ONE": "seen",
            ])
            let report = try await CheckedRepository(repository: repository).report()
            let lines = try #require(report["environment"]?.output.split(separator: "\n").map(String.init))
            #expect(report.outcome == "passed")
            #expect(lines.contains("DECLARED_ONE=seen"))
            #expect(!lines.contains { $0.contains("hidden") || $0.contains("Eve") })
            let git = lines.filter { $0.hasPrefix("GIT_") }.map { $0.prefix { $0 != "=" } }
            #expect(git == ["GIT_CEILING_DIRECTORIES"])
            #expect(lines.contains { $0.hasPrefix("GITPATCH_TREE=") })
        }
    }

    /// Time zone and language differ from one machine to the next, and a verdict should not.
    @Test func zoneAndLanguageAreTheSameEverywhereUnlessDeclared() async throws {
        let line = "run = \"echo [$TZ] [$LANG] [$LC_ALL] [$LANGUAGE]\"\n"
        let checks = "[check \"plain\"]\n\(line)[check \"declared\"]\n\(line)env = TZ\nenv = L*\n"
        try await CheckedRepository.with(checks) { desk in
            let repository = desk.repository.with(environment: [
                "TZ": "Asia/Tokyo", "LANG": "de_DE.UTF-8", "LC_ALL": "fr_FR.UTF-8", "LANGUAGE": "it",
            ])
            let report = try await CheckedRepository(repository: repository).report()
            #if canImport(Darwin)
                #expect(report["plain"]?.output == "[UTC] [en_US.UTF-8] [] []\n")
            #else
                #expect(report["plain"]?.output == "[UTC] [C.UTF-8] [] []\n")
            #endif
            #expect(report["declared"]?.output == "[Asia/Tokyo] [de_DE.UTF-8] [fr_FR.UTF-8] [it]\n")
        }
    }

    @Test func aCheckThatInitialisesAndCommitsHarmsNothing() async throws {
        let checks = """
            [check "wild"]
                run = "git init -q . && git config user.name X && git config user.email x@y && git commit -q --allow-empty -m inside && rm -rf .git && git rev-parse --git-dir; rm -rf * ; exit 0"

            """
        try await CheckedRepository.with(checks, files: ["a": "1\n"]) { desk in
            let head = try await desk.repository.git("rev-parse", "HEAD", "refs/heads/main")
            let report = try await desk.report()
            #expect(report["wild"]?.output.contains("not a git repository") == true)
            #expect(try await desk.repository.git("rev-parse", "HEAD", "refs/heads/main") == head)
            #expect(try await desk.repository.git("status", "--porcelain").isEmpty)
            #expect(try await desk.report("--no-cache").outcome == "passed")
        }
    }

    @Test func aCheckThatMovesReferencesOrSettingsIsReported() async throws {
        let checks = """
            [check "tagger"]
                run = "git tag sneaky && git config core.sneaky true"

            """
        try await CheckedRepository.with(checks) { desk in
            let warnings = try #require(try await desk.report().warnings)
            #expect(warnings.contains { $0.contains("refs/tags/sneaky") })
            #expect(warnings.contains { $0.contains("configuration") })
        }
    }
}

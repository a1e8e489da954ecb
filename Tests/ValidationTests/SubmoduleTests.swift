import Foundation
import SuiteTestSupport
import Testing

/// Submodules and large files are there when a check needs them.
struct SubmoduleTests {
    /// A repository with a submodule that holds another one.
    private func withSubmodules(_ checks: String, _ body: (CheckedRepository) async throws -> Void) async throws {
        try await CheckedRepository.with(checks) { desk in
            let repository = desk.repository
            let scratch = repository.scratch.path
            for name in ["inner", "outer"] {
                try await repository.git("init", "-q", scratch + "/" + name)
                try await repository.at(scratch + "/" + name).commit("one", files: ["\(name).txt": "\(name)\n"])
            }
            let outer = repository.at(scratch + "/outer")
            try await outer.git("submodule", "add", "-q", scratch + "/inner", "deep")
            try await outer.git("commit", "-q", "-m", "two")
            try await repository.git("submodule", "add", "-q", scratch + "/outer", "lib")
            try await repository.git("submodule", "update", "-q", "--init", "--recursive")
            try await repository.git("commit", "-q", "-m", "with lib")
            try await body(desk)
        }
    }

    @Test func filesOfSubmodulesAreThereWhenAskedFor() async throws {
        let checks = """
            [check "sees"]
                run = "cat lib/outer.txt lib/deep/inner.txt; test ! -e lib/stale"
                submodules = true
            [check "spoils"]
                run = "echo spoilt > lib/outer.txt; touch lib/stale"
                submodules = true
                needs = sees

            """
        try await withSubmodules(checks) { desk in
            let report = try await desk.report()
            #expect(report.outcomes == ["sees": "passed", "spoils": "passed"])
            #expect(report["sees"]?.output == "outer\ninner\n")
            #expect(report.warnings?.contains { $0.contains("lib/outer.txt") } == true)
            #expect(try await desk.report("--no-cache")["sees"]?.output == "outer\ninner\n")
            // Moved on, and then gone.
            let lib = desk.repository.at(desk.repository.path + "/lib")
            try await lib.commit("three", files: ["outer.txt": "newer\n"])
            try await desk.repository.git("commit", "-q", "-a", "-m", "newer lib")
            #expect(try await desk.report("--check", "sees")["sees"]?.output == "newer\ninner\n")
            let plain = "[check \"none\"]\n    run = test ! -e lib\n"
            try await desk.repository.git("rm", "-q", "-f", "lib")
            try await desk.repository.commit("without", files: [".gitpatch": plain])
            #expect(try await desk.report().outcome == "passed")
        }
    }

    @Test func withoutAskingTheirFoldersAreEmpty() async throws {
        try await withSubmodules("[check \"a\"]\n    run = \"test -d lib && test -z \\\"$(ls -A lib)\\\"\"\n") { desk in
            let report = try await desk.report()
            #expect(report.outcome == "passed")
        }
    }

    @Test func whatIsNotHereIsSaid() async throws {
        try await withSubmodules("[check \"a\"]\n    run = true\n    submodules = true\n") { desk in
            try FileManager.default.removeItem(atPath: desk.repository.path + "/.git/modules/lib")
            try FileManager.default.removeItem(atPath: desk.repository.path + "/lib")
            let result = try await desk.validate()
            #expect(result.exitCode == 69)
            #expect(result.errorOutput.contains("submodule 'lib'"))
            #expect(result.errorOutput.contains("git submodule update --init"))
        }
    }

    private static let hasLFS = FileManager.default.isExecutableFile(atPath: "/usr/bin/git-lfs")

    @Test(.enabled(if: hasLFS, "needs git-lfs"))
    func largeFilesAreTheFilesThemselves() async throws {
        let checks = "[check \"a\"]\n    run = grep -q content big.bin\n"
        try await CheckedRepository.with(checks) { desk in
            let repository = desk.repository
            try await repository.git("lfs", "install", "--skip-repo")
            try await repository.git("lfs", "track", "*.bin")
            try await repository.commit("big", files: ["big.bin": "content\n"])
            #expect(try await repository.git("show", "HEAD:big.bin").contains("git-lfs"))
            #expect(try await desk.report().outcome == "passed")
        }
    }
}

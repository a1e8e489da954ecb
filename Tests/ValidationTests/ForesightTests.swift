import Environments
import Foundation
import HookInput
import SuiteTestSupport
import Testing

@testable import Validation

/// Environments are made before the run that needs them.
struct ForesightTests {
    private static let checks = """
        [environment "packages"]
            setup = "mkdir packages && cp lock packages/made && echo made >> $HOME/setups"
            key = lock
            path = packages
        [check "unit"]
            run = cmp lock packages/made
            environment = packages

        """

    private func with(_ body: (CheckedRepository) async throws -> Void) async throws {
        try await CheckedRepository.with(ForesightTests.checks, files: ["lock": "1\n"]) { desk in
            try await body(
                CheckedRepository(repository: desk.repository.with(environment: ["GITPATCH_LOAD_LIMIT": "0"])))
        }
    }

    private func kept(_ repository: TestRepository) -> Int {
        EnvironmentStore(repository.path + "/.git/gitpatch").list().count
    }

    @Test func aPullWithAnotherLockFileWarmsWhatRunsHaveUsed() async throws {
        try await with { desk in
            let repository = desk.repository
            #expect(try await desk.report().outcome == "passed")
            #expect(kept(repository) == 1)
            try await repository.git("checkout", "-q", "-b", "other")
            try await repository.commit("two", files: ["lock": "2\n"])
            try await repository.git("checkout", "-q", "main")
            let hook = repository.path + "/.git/hooks/post-merge"
            let helper = "\(productsDirectory)/git-patch-hook"
            try "#!/bin/sh\nexec '\(helper)' post-merge \"$@\"\n".write(toFile: hook, atomically: true, encoding: .utf8)
            try makeExecutable(hook)
            try await repository.git("merge", "-q", "--ff-only", "other")
            let isWarm = try await eventually { kept(repository) == 2 }
            #expect(isWarm)
            #expect(try await desk.report().outcome == "passed")
            let setups = try String(contentsOfFile: repository.scratch.path + "/home/setups", encoding: .utf8)
            #expect(setups == "made\nmade\n")
        }
    }

    @Test func aBranchThatIsLookedAtRunsNothing() async throws {
        try await with { desk in
            let repository = desk.repository
            #expect(try await desk.report().outcome == "passed")
            try await repository.git("checkout", "-q", "-b", "stranger")
            let theirs = ForesightTests.checks.replacingOccurrences(
                of: "mkdir packages", with: "touch $HOME/ran; mkdir packages")
            try await repository.commit("two", files: [".gitpatch": theirs, "lock": "2\n"])
            let quiet = try await repository.run("git-validate", ["hook", "warm"])
            #expect(quiet.succeeded, "\(quiet)")
            #expect(!FileManager.default.fileExists(atPath: repository.scratch.path + "/home/ran"))
            #expect(kept(repository) == 1)
        }
    }

    @Test func whatNoRunHasUsedIsNotMade() async throws {
        try await with { desk in
            let repository = desk.repository
            let quiet = try await repository.run("git-validate", ["hook", "warm"])
            #expect(quiet.succeeded && quiet.output.isEmpty && quiet.errorOutput.isEmpty, "\(quiet)")
            #expect(kept(repository) == 0)
            #expect(try await desk.report().outcome == "passed")
            // In use no more: the check that asked for it is gone.
            let without = ForesightTests.checks.replacingOccurrences(of: "    environment = packages\n", with: "")
            try await repository.commit("two", files: [".gitpatch": without, "lock": "2\n"])
            #expect(try await repository.run("git-validate", ["hook", "warm"]).succeeded)
            #expect(kept(repository) == 1)
        }
    }

    @Test func aSetupThatFailsIsNobodysConcernYet() async throws {
        try await with { desk in
            let repository = desk.repository
            #expect(try await desk.report().outcome == "passed")
            let broken = ForesightTests.checks.replacingOccurrences(
                of: "mkdir packages", with: "echo x >> $HOME/tries; false")
            try await repository.commit("two", files: [".gitpatch": broken, "lock": "2\n"])
            for _ in 0..<3 {
                let quiet = try await repository.run("git-validate", ["hook", "warm"])
                #expect(quiet.succeeded && quiet.output.isEmpty && quiet.errorOutput.isEmpty, "\(quiet)")
            }
            let tries = try String(contentsOfFile: repository.scratch.path + "/home/tries", encoding: .utf8)
            #expect(tries == "x\n", "once for a tree")
            #expect(try await repository.git("status", "--porcelain").isEmpty)
        }
    }
}

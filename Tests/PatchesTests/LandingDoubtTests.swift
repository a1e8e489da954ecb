import SuiteTestSupport
import Testing

/// A patch that can never land by itself says so when it is made, not when somebody wonders.
struct LandingDoubtTests {
    private func warned(_ policy: String?, _ arguments: String..., own: String? = nil) async throws -> Bool {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: policy.map { [".gitpatch": $0] } ?? ["a": "a\n"])
            try await repository.addBareRemote()
            if let own { try repository.write(".gitpatch", own) }
            try repository.write("b", "b\n")
            let result = try await repository.run("git-patch", ["Change b"] + arguments)
            #expect(result.succeeded, "\(result)")
            let isWarned = result.errorOutput.contains("names no check that must pass")
            #expect(result.errorOutput.contains("hint: push one there") == isWarned, "\(result)")
            return isWarned
        }
    }

    @Test func thePolicyOfTheTargetDecides() async throws {
        let required = "[check \"unit\"]\nrun = true\n[automerge]\nrequiredCheck = unit\n"
        #expect(try await warned(nil, "--auto-merge"))
        #expect(try await warned("[check \"unit\"]\nrun = true\n", "--auto-merge"))
        #expect(try await warned(nil, "--auto-merge", own: required), "what the patch brings counts after it landed")
        #expect(try await !warned(required, "--auto-merge"))
        #expect(try await !warned("[automerge]\nexpectNoChecks = true\n", "--auto-merge"))
        #expect(try await !warned(nil, "--auto-merge", "--require-check", "unit"))
        #expect(try await !warned(nil))
    }
}

import FakeForges
import SuiteTestSupport
import Testing

/// Without a token a push opens the pull request, where the server can do that.
struct OpenByPushTests {
    @Test(arguments: [Kind.gitlab, .gitea])
    func aPushOpensThePullRequestAndATokenDoesTheRest(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try rig.forge.takePushOptions()
            let poor = rig.clone.with(environment: ["GITPATCH_TOKEN": ""])
            try rig.clone.write("b.txt", "1\n")
            let made = try await poor.run(
                "git-patch", ["Fix the greeting", "--body", "Because of it", "--label", "bug"])
            #expect(made.exitCode == 0, "\(made)")
            rig.forge.with { $0.settle() }
            let pull = try #require(rig.pull, "\(made)")
            #expect(made.output.split(separator: "\n").last?.hasSuffix("/\(pull.number)") == true, "\(made)")
            #expect(pull.title == "Fix the greeting")
            #expect(pull.base == "main")
            #expect(pull.body.contains("Because of it"))
            #expect(rig.forge.operations.isEmpty)
            // A head that moves is pushed as well.
            try rig.clone.write("b.txt", "second\n")
            let updated = try await poor.run("git-patch", ["update", "-m", "More"])
            #expect(updated.exitCode == 0, "\(updated)")
            let head = try await rig.head()
            #expect(rig.forge.with { $0.head(of: 1) } == head, "\(updated)")
            // The rest, with a token.
            try await rig.automerge("enable", "--require-check", "unit")
            try rig.clone.write("b.txt", "third\n")
            try await rig.patch("update", "-m", "Even more")
            let newest = try await rig.head()
            #expect(rig.forge.with { $0.head(of: 1) } == newest)
            rig.report(at: newest)
            let ran = try await rig.run()
            #expect(rig.merges == 1, "\(ran) \(rig.forge.operations)")
            #expect(rig.pulls.count == 1)
            #expect(try await !rig.hasBranch())
        }
    }

    @Test(arguments: [Kind.gitlab, .gitea])
    func aServerThatTakesNoWordsIsPushedToAsEver(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            let poor = rig.clone.with(environment: ["GITPATCH_TOKEN": ""])
            try rig.clone.write("b.txt", "1\n")
            let made = try await poor.run("git-patch", ["Fix the greeting"])
            #expect(made.exitCode == 0, "\(made)")
            #expect(try await rig.hasBranch())
            #expect(made.errorOutput.contains("or open it by hand"), "\(made)")
            let left = try await rig.clone.git("--git-dir", rig.remotePath, "for-each-ref", "refs/for/")
            #expect(left.isEmpty, "\(left)")
        }
    }
}

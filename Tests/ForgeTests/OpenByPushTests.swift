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

    // Whoever may only read can propose all the same.
    @Test(arguments: ["", FakeForge.token])
    func whatMayNotBeABranchIsProposedWithoutOne(token: String) async throws {
        try await Rig.with(.gitea) { rig in
            try rig.forge.takePushOptions()
            try rig.forge.refuseBranches()
            let clone = rig.clone.with(environment: ["GITPATCH_TOKEN": token])
            try clone.write("b.txt", "1\n")
            let made = try await clone.run(
                "git-patch", ["Fix the greeting", "--auto-merge", "--require-check", "unit", "--label", "bug"])
            #expect(made.exitCode == 0, "\(made)")
            #expect(made.output.split(separator: "\n").last?.hasSuffix("/1") == true, "\(made)")
            let line = "proposed to 'origin' without a branch, which it refuses: User permission denied for writing."
            #expect(made.errorOutput.contains(line), "\(made)")
            #expect(!made.errorOutput.contains("pushed to"), "\(made)")
            try clone.write("b.txt", "second\n")
            let updated = try await clone.run("git-patch", ["update", "-m", "More"])
            #expect(updated.exitCode == 0, "\(updated)")
            rig.forge.with { $0.settle() }
            let head = try await clone.git("rev-parse", "HEAD")
            #expect(rig.forge.with { $0.head(of: 1) } == head, "\(updated)")
            #expect(try await !rig.hasBranch())
            // The rest, with a token.
            try await rig.automerge("deliver")
            #expect(rig.pulls.count == 1)
            #expect(rig.pull?.labels == (token.isEmpty ? [] : ["bug"]))
            rig.report()
            let ran = try await rig.run()
            #expect(rig.merges == 1, "\(ran) \(rig.forge.operations)")
            let status = try await rig.patch("status")
            #expect(!status.output.contains("refused"), "\(status)")
        }
    }

    // A fork that takes no branch, because it is archived, say: the repository that the patch is for takes the proposal.
    @Test(arguments: ["", FakeForge.token])
    func whatTheForkRefusesIsProposedWhereItIsFor(token: String) async throws {
        try await Rig.with(.gitea) { rig in
            try rig.forge.takePushOptions()
            try rig.forge.refuseBranches(of: try await rig.fork())
            let clone = rig.clone.with(environment: ["GITPATCH_TOKEN": token])
            try clone.write("b.txt", "1\n")
            let made = try await clone.run("git-patch", ["Fix the greeting", "--auto-merge", "--to", "origin"])
            #expect(made.exitCode == 0, "\(made)")
            let line =
                "proposed to 'origin' without a branch, which 'fork' refuses: User permission denied for writing."
            #expect(made.errorOutput.contains(line), "\(made)")
            try clone.write("b.txt", "second\n")
            let updated = try await clone.run("git-patch", ["update", "-m", "More"])
            #expect(updated.exitCode == 0, "\(updated)")
            rig.forge.with { $0.settle() }
            let head = try await clone.git("rev-parse", "HEAD")
            #expect(rig.forge.with { $0.head(of: 1) } == head, "\(updated)")
            #expect(rig.pulls.map(\.owner) == ["acme"])
            try await rig.automerge("deliver")
            rig.report()
            let ran = try await rig.run()
            #expect(rig.merges == 1, "\(ran) \(rig.forge.operations)")
        }
    }

    @Test func whatMayNeitherBeABranchNorBeProposedIsToldWhy() async throws {
        try await Rig.with(.gitea) { rig in
            try rig.forge.refuseBranches()
            try rig.clone.write("b.txt", "1\n")
            let made = try await rig.patch("Fix the greeting", exits: 1)
            #expect(made.errorOutput.contains("User permission denied"), "\(made)")
            #expect(made.errorOutput.contains("nor does it take proposals at 'refs/for/main'"), "\(made)")
            #expect(made.errorOutput.contains("git patch resume"), "\(made)")
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

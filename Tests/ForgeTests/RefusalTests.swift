import FakeForges
import SuiteTestSupport
import Testing

/// What forges answer instead of merging: one status has many meanings, and each asks for something else.
struct RefusalTests {
    struct Refusal: CustomTestStringConvertible, Sendable {
        var kind: Kind
        var status: Int
        var words: String
        /// What is said of it.
        var told: String
        var code: Int32 = 0
        var testDescription: String { "\(kind) \(status) \(words)" }
    }

    static let refusals: [Refusal] = [
        // The target moved: asked again.
        .init(
            kind: .github, status: 422, words: "Base branch was modified. Review and try the merge again.",
            told: "Base branch was modified"),
        .init(
            kind: .github, status: 422, words: "Head branch was modified. Review and try the merge again.",
            told: "Head branch was modified"),
        .init(
            kind: .github, status: 422, words: "You're not authorized to push to this branch",
            told: "give the token that permission", code: 69),
        .init(
            kind: .github, status: 422, words: "Squash merges are not allowed on this repository.",
            told: "Squash merges are not allowed"),
        .init(kind: .github, status: 422, words: "This branch can't be rebased", told: "can't be rebased"),
        .init(kind: .github, status: 400, words: "Pull request is closed or a draft", told: "closed or a draft"),
        // Just after creation, after pushes and without a pipeline: GitLab says 405 for all of them.
        .init(kind: .gitlab, status: 405, words: "405 Method Not Allowed", told: "cannot merge merge request 1 yet"),
        .init(kind: .gitlab, status: 406, words: "Branch cannot be merged", told: "Branch cannot be merged"),
        .init(kind: .gitlab, status: 422, words: "Branch cannot be merged", told: "Branch cannot be merged"),
        .init(
            kind: .gitlab, status: 409, words: "SHA does not match HEAD of source branch", told: "SHA does not match"),
        .init(kind: .gitlab, status: 401, words: "401 Unauthorized", told: "401 Unauthorized", code: 69),
        .init(kind: .gitlab, status: 403, words: "403 Forbidden", told: "give it the right to merge", code: 69),
        .init(kind: .gitea, status: 405, words: "Please try again later", told: "cannot merge pull request 1 yet"),
        .init(kind: .gitea, status: 405, words: "Work in progress PRs cannot be merged", told: "Work in progress"),
        .init(kind: .gitea, status: 405, words: "Invalid merge style", told: "Invalid merge style"),
        .init(kind: .gitea, status: 409, words: "head out of date", told: "head out of date"),
        .init(kind: .gitea, status: 409, words: "push out of date", told: "push out of date"),
        .init(kind: .gitea, status: 409, words: "Merge conflict", told: "Merge conflict"),
        .init(
            kind: .gitea, status: 403, words: "User not allowed to push to protected branch",
            told: "allow its account to push to the branch", code: 69),
        .init(kind: .gitea, status: 423, words: "Repo is archived", told: "the repository is archived"),
    ]

    @Test(arguments: refusals)
    func eachRefusalOfAMergeIsToldApartAndNoneEndsTheWish(item: Refusal) async throws {
        try await Rig.with(item.kind) { rig in
            try await rig.armed()
            rig.report()
            let operation = item.kind == .github ? "MergeAsync" : "Merge"
            rig.forge.answer(operation, item.status, "{\"message\": \"\(item.words)\"}")
            let ran = try await rig.clone.run("git-automerge", ["run", "--once"])
            #expect(ran.output.contains(item.told), "\(ran)")
            #expect(ran.exitCode == item.code, "\(ran)")
            #expect(rig.merges == 0)
            #expect(!rig.forge.hasUnusedFaults, "\(rig.forge.operations)")
            try await rig.runUntil { rig.merges == 1 }
            #expect(rig.merges == 1, "\(rig.forge.operations)")
        }
    }

    @Test func aRepositoryThatMergesByItsQueueOnlyIsQueuedInto() async throws {
        try await Rig.with(.github) { rig in
            rig.forge.with {
                $0.hasAsynchronousMerge = false
                $0.autoMergeAllowed = false
            }
            try await rig.armed()
            rig.report()
            rig.forge.answer(
                "Merge", 200,
                #"{"data": null, "errors": [{"type": "UNPROCESSABLE", "message": "#
                    + #""Changes must be made through the merge queue"}]}"#)
            rig.forge.with { $0.forgetsWhatItKeeps = true }
            let ran = try await rig.run()
            #expect(rig.pull?.isQueued == true, "\(ran) \(rig.forge.operations)")
            #expect(!rig.forge.operations.contains("Arm"))
        }
    }

    @Test func theQueueIsLeftByItsEntryWhereTheServerWantsThat() async throws {
        try await Rig.with(.github) { rig in
            rig.forge.with {
                $0.hasAsynchronousMerge = false
                $0.hasQueue = true
                $0.queueWantsEntry = true
                $0.forgetsWhatItKeeps = true
            }
            try await rig.armed()
            rig.report()
            try await rig.run()
            #expect(rig.pull?.isQueued == true)
            let disabled = try await rig.automerge("disable")
            #expect(rig.pull?.isQueued == false, "\(disabled)")
        }
    }

    @Test func aRepositoryWithoutAutoMergeIsMergedDirectly() async throws {
        try await Rig.with(.github) { rig in
            rig.forge.with {
                $0.hasAsynchronousMerge = false
                $0.autoMergeAllowed = false
            }
            try await rig.armed()
            rig.report()
            try await rig.run()
            #expect(rig.merges == 1)
            #expect(!rig.forge.operations.contains("Arm"))
        }
    }

    // What the forge waits for only the next pass can wait for then.
    @Test func aRepositoryWithoutAutoMergeIsSaidToBeOne() async throws {
        try await Rig.with(.github) { rig in
            rig.forge.with {
                $0.hasAsynchronousMerge = false
                $0.autoMergeAllowed = false
                $0.hidesRules = true
                $0.requiredChecks = [("hidden", nil)]
            }
            try await rig.armed()
            rig.report()
            let ran = try await rig.run()
            #expect(ran.output.contains("auto-merge is off in the settings of the repository"), "\(ran)")
            rig.report("hidden")
            try await rig.runUntil { rig.merges == 1 }
            #expect(rig.merges == 1)
        }
    }

    @Test func trainsThatAreNotLicensedAreDoneWithout() async throws {
        try await Rig.with(.gitlab) { rig in
            rig.forge.with { $0.hasQueue = true }
            try await rig.armed()
            rig.report()
            let ran = try await rig.run()
            #expect(rig.forge.operations.contains("Enqueue"))
            #expect(rig.merges == 1, "\(ran) \(rig.forge.operations)")
        }
    }

    // Without an active pipeline of this head, "merge when it succeeds" is "merge now" (gitlab work item 37292).
    @Test func aPipelineOfAnotherHeadIsNotWaitedForByGitLab() async throws {
        try await Rig.with(.gitlab) { rig in
            try await rig.armed()
            rig.report()
            rig.report("slow", "pending")
            let other = try await rig.clone.git("rev-parse", "main")
            rig.forge.with { $0.pipelineCommit = other }
            try await rig.run()
            #expect(rig.pull?.armed == nil)
            rig.forge.with { $0.pipelineCommit = nil }
            rig.report("slow")
            try await rig.runUntil { rig.merges == 1 }
            #expect(rig.merges == 1)
        }
    }
}

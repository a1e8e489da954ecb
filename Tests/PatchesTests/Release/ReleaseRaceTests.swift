import Foundation
import SuiteTestSupport
import Testing

/// Several that make the same release, and tags that are there already.
struct ReleaseRaceTests {
    @Test(arguments: [true, false])
    func ofTwoAtOnceOneTagIsLeft(sayTheSame: Bool) async throws {
        try await ReleaseFixture.with("") { fixture in
            let other = try await fixture.repository.clone(fixture.remote, as: "other")
            func release(_ repository: TestRepository, _ words: String) async throws -> CommandResult {
                try await repository.run(
                    "git-patch", ["release", "--no-verify", "minor", "-m", sayTheSame ? "the same" : words])
            }
            async let first = release(fixture.repository, "one")
            async let second = release(other, "two")
            let results = [try await first, try await second]
            #expect(results.contains { $0.succeeded }, "\(results)")
            let tag = try await fixture.remoteTag()
            #expect(!tag.isEmpty)
            for (result, repository) in zip(results, [fixture.repository, other]) {
                let own = try await repository.git("for-each-ref", "--format=%(objectname)", "refs/tags/v1.2.0")
                // Who lost the race is told, and keeps no other tag; who came later finds what is there.
                #expect(own == tag || own.isEmpty, "\(result)")
                #expect(result.succeeded || result.errorOutput.contains("somebody else was faster"), "\(result)")
                #expect(try await repository.mustPatch("status").succeeded)
            }
        }
    }

    @Test func ofTwoInOneCloneOneTagIsLeft() async throws {
        try await ReleaseFixture.with("") { fixture in
            async let first = fixture.release("minor", "-m", "one")
            async let second = fixture.release("minor", "-m", "two")
            let results = [try await first, try await second]
            #expect(results.contains { $0.succeeded }, "\(results)")
            for result in results where !result.succeeded {
                let words = ["has come meanwhile", "is at 1.2.0", "another"]
                #expect([1, 75].contains(result.exitCode), "\(result)")
                #expect(words.contains(where: result.errorOutput.contains), "\(result)")
            }
            #expect(try await fixture.localTag() == fixture.remoteTag())
            #expect(try await fixture.release("1.2.0").succeeded)
        }
    }

    @Test func ourVeryTagAtTheRemoteIsNobodyElses() async throws {
        try await ReleaseFixture.with("") { fixture in
            try fixture.repository.write(
                ".git/hooks/pre-push",
                """
                #!/bin/sh
                while read -r local id name old; do git push --no-verify -q '\(fixture.remote)' "$id:$name"; done
                """, executable: true)
            let result = try await fixture.release("minor")
            #expect(result.succeeded && result.errorOutput.contains("pushed 'v1.2.0'"), "\(result)")
            #expect(try await fixture.localTag() == fixture.remoteTag())
        }
    }

    @Test func aTagThatWasThereIsNotCalledReleased() async throws {
        try await ReleaseFixture.with("[check \"a\"]\n    run = false\n    tier = quick\n") { fixture in
            try await fixture.repository.git("tag", "-a", "-m", "by hand", "v1.2.0")
            try await fixture.repository.git("push", "-q", "origin", "v1.2.0")
            let result = try await fixture.release("1.2.0")
            #expect(result.succeeded && result.errorOutput.contains("no check was asked"), "\(result)")
            #expect(result.errorOutput.contains("hint: what they say: git validate "), "\(result)")
            let json = try await fixture.release("1.2.0", "--json").output
            #expect(json.contains("\"outcome\":\"present\"") && !json.contains("\"checks\""), "\(json)")
        }
    }

    @Test func statusTellsThatTheTagIsDue() async throws {
        try await ReleaseFixture.with { fixture in
            let repository = fixture.repository
            #expect(try await fixture.release("minor").succeeded)
            let step = "next: git patch release 1.2.0  ("
            #expect(try await !repository.mustPatch("status").output.contains(step))
            try await fixture.landRelease()
            try await repository.mustPatch("cleanup")
            let status = try await repository.mustPatch("status").output
            #expect(status.contains(step), "\(status)")
            #expect(try await fixture.release("1.2.0").succeeded)
            #expect(try await !repository.mustPatch("status").output.contains(step))
        }
    }

    @Test func aVersionThatIsNoNameIsToldAsSuch() async throws {
        try await ReleaseFixture.with("") { fixture in
            let result = try await fixture.release("1.2.0-rc.lock")
            #expect(result.exitCode == 1 && result.errorOutput.contains("'.lock'"), "\(result)")
            #expect(result.errorOutput.contains("git patch release 1.2.0"), "\(result)")
        }
    }

    @Test func aNameThatAnotherTagKeepsIsToldAsSuch() async throws {
        try await ReleaseFixture.with("[release]\n    tagPrefix = v/\n") { fixture in
            try await fixture.repository.git("tag", "v")
            let result = try await fixture.release("1.2.0")
            #expect(result.exitCode == 1 && result.errorOutput.contains("'v'"), "\(result)")
            #expect(result.errorOutput.contains("hint: "), "\(result)")
            #expect(try await fixture.repository.patch("status").succeeded)
        }
    }

    @Test func aFolderThatIsFullIsToldBeforeAnythingRuns() async throws {
        let policy = "[check \"a\"]\n    run = mkdir out\n    artifact = out\n    tier = quick\n"
        try await ReleaseFixture.with(policy) { fixture in
            try fixture.repository.write("full/x", "")
            let result = try await fixture.release("1.2.0", "--artifacts", "full")
            #expect(result.exitCode != 0 && !result.errorOutput.contains("testing"), "\(result)")
            #expect(result.errorOutput.contains("'full'") && result.errorOutput.contains("hint: "), "\(result)")
            #expect(try await fixture.localTag().isEmpty)
        }
    }

    @Test func aPreparationThatTheTargetHasOutrunIsMadeAnew() async throws {
        let policy =
            ReleaseFixture.files
            + "[automerge]\n    requiredCheck = a\n[check \"a\"]\n    run = true\n    tier = quick\n"
        try await ReleaseFixture.with(policy) { fixture in
            let repository = fixture.repository
            #expect(try await fixture.release("minor").succeeded)
            #expect(try await repository.run("git-automerge", ["enable", "patch/release-1-2-0"]).succeeded)
            let changed = ReleaseFixture.changelog.replacing("## Unreleased\n", with: "## Unreleased\n\nSoon:\n")
            try await fixture.land("meanwhile", files: ["CHANGELOG.md": changed])
            let run = try await repository.run("git-automerge", ["run", "--once"])
            #expect(run.output.contains("ejected"), "\(run)")
            let waiting = try await fixture.release("1.2.0")
            let anew = try #require(
                waiting.errorOutput.firstMatch(
                    of: /or make it anew: git patch undo ([0-9a-f]+) && git patch release 1.2.0/),
                "\(waiting)")
            try await repository.mustPatch("undo", String(anew.1))
            #expect(try await fixture.release("1.2.0").succeeded)
            #expect(try await repository.git("show", "patch/release-1-2-0:CHANGELOG.md").contains("Soon:"))
        }
    }
}

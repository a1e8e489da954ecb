import SuiteTestSupport
import Testing

/// What is refused, and what is said then; in none of these cases a tag or a patch is made.
struct ReleaseRefusalTests {
    private func refused(
        _ fixture: ReleaseFixture, _ arguments: [String], _ code: Int32 = 1, saying words: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try await RepositoryState.read(fixture.repository)
        let result = try await fixture.repository.run("git-patch", ["release"] + arguments)
        #expect(result.exitCode == code, "\(result)", sourceLocation: sourceLocation)
        #expect(result.errorOutput.contains("hint: "), "\(result)", sourceLocation: sourceLocation)
        for word in words {
            #expect(result.errorOutput.contains(word), "\(result)", sourceLocation: sourceLocation)
        }
        #expect(try await RepositoryState.read(fixture.repository) == before, sourceLocation: sourceLocation)
    }

    @Test func whatIsNoVersionOrNotHigher() async throws {
        try await ReleaseFixture.with("") { fixture in
            try await refused(fixture, ["v1.2.0"], 64, saying: "type 1.2.0")
            try await refused(fixture, ["1.2"], 64, saying: "'1.2' is no version")
            try await refused(fixture, ["01.2.0"], 64)
            try await refused(fixture, [], 64, saying: "a version is needed")
            try await refused(fixture, ["1.2.0", "-m", " "], 64)
            try await refused(fixture, ["1.0.9"], saying: "not higher than 1.1.0", "git patch release 1.1.1")
            try await refused(fixture, ["1.1.0-rc.1"], saying: "not higher than 1.1.0")
            try await refused(fixture, ["1.1.0+b"], saying: "not higher than 1.1.0")
            try await refused(fixture, ["1.1.0"], saying: "tag 'v1.1.0' exists on 'origin'")
        }
    }

    @Test func filesInWhichTheVersionIsNotClear() async throws {
        try await ReleaseFixture.with { fixture in
            try await fixture.land("twice", files: ["version.txt": "1.1.0\n1.1.0\n"])
            try await refused(fixture, ["minor"], saying: "1.1.0 in line 1, 1.1.0 in line 2", "versionFile = ")
            try await fixture.land("other", files: ["version.txt": "dev\n"])
            try await refused(fixture, ["minor"], saying: "the last version, 1.1.0, is not in 'version.txt'")
            try fixture.repository.remove("version.txt")
            try await fixture.land("gone")
            try await refused(fixture, ["minor"], saying: "there is no file 'version.txt'")
            try await fixture.land("back", files: ["version.txt": "1.1.0\n", "CHANGELOG.md": "# none\n"])
            try await refused(fixture, ["minor"], saying: "'CHANGELOG.md' has no heading 'Unreleased'")
            try await fixture.land("bad", files: [".gitpatch": "[release]\n    tagPrefix = \"a b\"\n"])
            let bad = try await fixture.release("minor")
            #expect(bad.exitCode == 78 && bad.errorOutput.contains(".gitpatch:2: 'a b' is no value"), "\(bad)")
        }
    }

    @Test func tagsOfThatNameOnSomethingElse() async throws {
        try await ReleaseFixture.with("") { fixture in
            let repository = fixture.repository
            try await repository.git("tag", "v1.2.0")
            try await refused(fixture, ["minor"], saying: "is here, and not annotated", "git tag -d v1.2.0")
            try await repository.git("tag", "-d", "v1.2.0")
            try await repository.git("switch", "-q", "-c", "side")
            try await repository.commit("aside", files: ["b": "b"])
            try await repository.git("tag", "-a", "-m", "x", "v1.2.0")
            try await repository.git("switch", "-q", "main")
            try await refused(fixture, ["minor"], saying: "exists here", "git tag -d v1.2.0")
            try await repository.git("push", "-q", "origin", "v1.2.0")
            try await refused(fixture, ["minor"], saying: "exists on 'origin'")
            try await repository.git("tag", "-d", "v1.2.0")
            try await refused(fixture, ["minor"], saying: "exists on 'origin'")
            try await repository.git("tag", "-a", "-m", "mine", "v1.2.0")
            try await refused(fixture, ["minor"], saying: "here, and on", "git fetch origin tag v1.2.0")
        }
    }

    @Test func aTagBeforeTheVersionIsWritten() async throws {
        try await ReleaseFixture.with { fixture in
            try await fixture.repository.git("tag", "-a", "-m", "x", "v1.2.0")
            try await refused(fixture, ["1.2.0"], saying: "'main' does not say 1.2.0")
        }
    }

    @Test func aReleaseThatSomebodyElsePrepares() async throws {
        try await ReleaseFixture.with { fixture in
            let clone = try await fixture.repository.clone(fixture.remote, as: "other")
            try await clone.mustPatch("release", "minor")
            try await refused(fixture, ["minor"], saying: "somebody prepares 1.2.0 already")
        }
    }

    @Test func aHistoryThatIsCutOff() async throws {
        try await ReleaseFixture.with("") { fixture in
            let path = fixture.repository.scratch.path + "/shallow"
            try await fixture.repository.git("clone", "-q", "--depth", "1", "file://" + fixture.remote, path)
            let shallow = ReleaseFixture(repository: fixture.repository.at(path), remote: fixture.remote)
            try await refused(shallow, ["minor"], 69, saying: "cut off", "git fetch --unshallow")
        }
    }

    @Test func aTargetThatTheRemoteDoesNotHave() async throws {
        try await ReleaseFixture.with("") { fixture in
            try await fixture.repository.git("branch", "next")
            try await fixture.repository.git("config", "patch.target", "next")
            try await refused(fixture, ["minor"], saying: "'origin' has no branch 'next'")
        }
        try await TestRepository.with { repository in
            let result = try await repository.patch("release", "minor")
            #expect(result.exitCode == 1 && result.errorOutput.contains("there is no commit to release"), "\(result)")
        }
    }
}

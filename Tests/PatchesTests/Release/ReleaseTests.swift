import Foundation
import Store
import SuiteTestSupport
import Testing

/// The two steps of a release on a real remote.
struct ReleaseTests {
    @Test func aVersionIsWrittenLandsAndIsTagged() async throws {
        try await ReleaseFixture.with { fixture in
            let repository = fixture.repository
            let prepared = try await fixture.release("minor")
            #expect(prepared.succeeded && prepared.output == "patch/release-1-2-0\n", "\(prepared)")
            #expect(prepared.errorOutput.contains("hint: when it has landed: git patch release 1.2.0"), "\(prepared)")
            #expect(try await repository.git("show", "patch/release-1-2-0:version.txt") == "1.2.0")
            #expect(
                try await repository.git("diff", "--name-only", "main", "patch/release-1-2-0")
                    == "CHANGELOG.md\nversion.txt")
            let waiting = try await fixture.release("minor")
            #expect(waiting.exitCode == 1 && waiting.errorOutput.contains("has not landed on 'main' yet"), "\(waiting)")
            #expect(waiting.errorOutput.contains("git automerge enable "), "\(waiting)")
            try await fixture.landRelease()
            let landed = try await repository.id("main")
            // What lands later belongs to the next version.
            try await fixture.land("third", files: ["more": "x"])
            let tagged = try await fixture.release("minor")
            #expect(tagged.succeeded && tagged.output == "v1.2.0\n", "\(tagged)")
            #expect(tagged.errorOutput.contains("warning: no check of tier 'complete' is defined"), "\(tagged)")
            #expect(try await fixture.remoteTag("v1.2.0", "%(objecttype) %(*objectname)") == "tag \(landed)")
            #expect(
                try await fixture.remoteTag("v1.2.0", "%(contents)") == "Release 1.2.0\n\n### Added\n\n- greetings")
            #expect(try await fixture.localTag() == fixture.remoteTag())
            let again = try await fixture.release("1.2.0")
            #expect(again.succeeded && again.errorOutput.contains("nothing to do"), "\(again)")
            let undo = try await repository.patch("log")
            #expect(!undo.output.contains("undoable  release"), "\(undo)")
        }
    }

    @Test(arguments: ["GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"])
    func theTagGoesWhereTheVersionCameWhateverTheShellSaysOfPathspecs(variable: String) async throws {
        try await ReleaseFixture.with { plain in
            let fixture = ReleaseFixture(
                repository: plain.repository.with(environment: [variable: "1"]), remote: plain.remote)
            let prepared = try await fixture.release("minor")
            #expect(prepared.succeeded, "\(prepared)")
            try await fixture.landRelease()
            let landed = try await plain.repository.id("main")
            try await fixture.land("third", files: ["more": "x"])
            let tagged = try await fixture.release("minor")
            #expect(tagged.succeeded, "\(tagged)")
            #expect(try await fixture.remoteTag("v1.2.0", "%(*objectname)") == "\(landed)")
        }
    }

    @Test func whatNothingProvesIsAskedForByName() async throws {
        try await ReleaseFixture.with("") { fixture in
            let repository = fixture.repository
            let refused = try await repository.run("git-patch", ["release", "1.2.0"])
            #expect(refused.exitCode == 78, "\(refused)")
            #expect(refused.errorOutput.contains("nothing is proven about it"), "\(refused)")
            #expect(refused.errorOutput.contains("git patch release 1.2.0 --no-verify"), "\(refused)")
            let tags = [try await fixture.localTag(), try await fixture.remoteTag()]
            #expect(tags == ["", ""])
            #expect(try await fixture.release("1.2.0").succeeded)
            // With a check that says no, it says no.
            try await fixture.land("red", files: [".gitpatch": "[check \"a\"]\nrun = false\n"])
            #expect(try await fixture.release("1.3.0").exitCode == 1)
            #expect(try await fixture.remoteTag("v1.3.0").isEmpty)
        }
    }

    /// A verdict that came from a shared cache proves nothing about a release, whatever its tier.
    @Test func aReleaseBelievesNoCache() async throws {
        let policy = "[release]\ntier = standard\n[check \"a\"]\nrun = echo ran >> $COUNTER\nenv = COUNTER\n"
        try await ReleaseFixture.with(policy) { fixture in
            let counter = fixture.repository.scratch.path + "/counter"
            let repository = fixture.repository.with(environment: ["COUNTER": counter])
            #expect(try await repository.run("git-validate", []).succeeded)
            do {
                let store = try Store.open(directory: repository.path + "/.git/gitpatch")
                var verdict = try #require(try store.verdicts(ofCheck: "a").first)
                verdict.origin = "cache example.org"
                try store.save(verdict)
            }
            func runs() throws -> Int { try String(contentsOfFile: counter, encoding: .utf8).count / 4 }
            #expect(try await repository.run("git-validate", []).succeeded)
            #expect(try runs() == 1)
            let tagged = try await repository.run("git-patch", ["release", "1.2.0"])
            #expect(tagged.succeeded, "\(tagged)")
            #expect(try runs() == 2)
        }
    }

    @Test func aLostAnswerLetsUndoTakeNothingFromOthers() async throws {
        try await ReleaseFixture.with("") { fixture in
            // The remote takes the tag and breaks off before it answers.
            let hook = fixture.remote + "/hooks/post-receive"
            try "#!/bin/sh\nkill -KILL $PPID\n".write(toFile: hook, atomically: true, encoding: .utf8)
            try makeExecutable(hook)
            let lost = try await fixture.release("1.2.0")
            #expect(try await !fixture.remoteTag().isEmpty, "\(lost)")
            try FileManager.default.removeItem(atPath: hook)
            let undo = try await fixture.repository.patch("undo")
            #expect(!undo.succeeded, "\(undo)")
            #expect(try await fixture.localTag() == fixture.remoteTag())
            #expect(try await fixture.release("1.2.0").succeeded)
        }
    }

    @Test func preparingTouchesNothingOfTheUsers() async throws {
        try await ReleaseFixture.with { fixture in
            let repository = fixture.repository
            try await repository.git("checkout", "-q", "--detach")
            try repository.write("version.txt", "mine\n")
            try repository.write("staged", "s\n")
            try await repository.git("add", "staged")
            try repository.write("new", "n\n")
            let before = try await RepositoryState.read(repository)
            #expect(try await fixture.release("minor", "--dry-run").succeeded)
            #expect(try await RepositoryState.read(repository) == before)
            #expect(try await fixture.release("minor").succeeded)
            let after = try await RepositoryState.read(repository)
            #expect(after.files == before.files && after.status == before.status && after.head == before.head)
            try await repository.mustPatch("undo")
            #expect(try await RepositoryState.read(repository) == before)
        }
    }

    @Test func lineEndsAndModesStay() async throws {
        let changelog = "## [Unreleased]\r\n\r\n- a\r\n"
        try await ReleaseFixture.with(changelog: changelog) { fixture in
            let repository = fixture.repository
            try repository.write("version.txt", "x=1\r\nv=1.1.0\r\n", executable: true)
            try await fixture.land("crlf")
            #expect(try await fixture.release("minor").succeeded)
            let version = try await repository.tryGit(["show", "patch/release-1-2-0:version.txt"]).output
            #expect(Array(version.utf8) == Array("x=1\r\nv=1.2.0\r\n".utf8))
            #expect(try await repository.git("ls-tree", "patch/release-1-2-0", "version.txt").hasPrefix("100755"))
            let text = try await repository.tryGit(["show", "patch/release-1-2-0:CHANGELOG.md"]).output
            #expect(text.utf8.count { $0 == 0x0A } == text.utf8.count { $0 == 0x0D })
            #expect(text.hasPrefix("## [Unreleased]\r\n\r\n## [1.2.0] - 2"))
        }
    }

    @Test func withoutSettingsOnlyTheTagIsMade() async throws {
        try await ReleaseFixture.with("") { fixture in
            let tip = try await fixture.repository.id("main")
            let result = try await fixture.release("major", "-m", "-The big one\n\n# kept")
            #expect(result.succeeded && result.output == "v2.0.0\n", "\(result)")
            #expect(try await fixture.remoteTag("v2.0.0", "%(*objectname)") == "\(tip)")
            #expect(try await fixture.remoteTag("v2.0.0", "%(contents)") == "-The big one\n\n# kept")
            #expect(try await fixture.repository.git("branch", "--list", "patch/*") == "")
            let nothing = try await fixture.release("patch")
            #expect(nothing.exitCode == 1 && nothing.errorOutput.contains("'main' is at 2.0.0"), "\(nothing)")
        }
    }

    @Test func theFirstVersionNeedsNoTag() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            for (part, version) in [("major", "1.0.0"), ("minor", "0.1.0"), ("patch", "0.0.1")] {
                #expect(try await repository.mustPatch("release", part, "--dry-run").output == "v\(version)\n")
            }
            let result = try await repository.mustPatch("release", "minor", "--no-verify")
            #expect(result.errorOutput.contains("kept here"), "\(result)")
            #expect(try await repository.git("cat-file", "-t", "v0.1.0") == "tag")
            try await repository.mustPatch("undo")
            #expect(try await repository.git("tag") == "")
        }
    }

    @Test(arguments: ["versionFile = version.txt", "versionFile = \"version.txt: v{version}.\""])
    func beforeTheFirstTagTheFileSaysWhatComesNext(line: String) async throws {
        try await TestRepository.with { repository in
            let text = line.contains("{") ? "this is v1.4.0.\n" : "1.4.0\n"
            try await repository.commit(
                "first", files: ["version.txt": text, ".gitpatch": "[release]\n    \(line)\n"])
            let next = try await repository.mustPatch("release", "minor", "--dry-run")
            #expect(next.output == "v1.5.0\n", "\(next)")
            #expect(next.errorOutput.contains("'version.txt' holds 1.4.0: the next one is 1.5.0"), "\(next)")
            #expect(next.errorOutput.contains("git patch release 1.4.0"), "\(next)")
            let lower = try await repository.patch("release", "1.0.0")
            #expect(lower.exitCode == 1 && lower.errorOutput.contains("not higher than 1.4.0"), "\(lower)")
            #expect(lower.errorOutput.contains("hint: as it stands: git patch release 1.4.0"), "\(lower)")
            let held = try await repository.mustPatch("release", "1.4.0", "--no-verify")
            #expect(held.output == "v1.4.0\n", "\(held)")
        }
    }

    @Test func onlyTagsInTheTargetsHistoryCount() async throws {
        try await ReleaseFixture.with("[release]\n    tagPrefix = \"\"\n") { fixture in
            let repository = fixture.repository
            try await repository.git("tag", "-a", "-m", "x", "1.0.0", "HEAD~1")
            try await repository.git("tag", "0.9.0", "HEAD~1")
            try await repository.git("tag", "01.9.0", "HEAD~1")
            try await repository.git("switch", "-q", "-c", "side", "HEAD~1")
            try await repository.commit("aside", files: ["b": "b"])
            try await repository.git("tag", "3.0.0")
            try await repository.git("push", "-q", "--tags", "origin")
            #expect(try await fixture.release("minor", "--dry-run").output == "1.1.0\n")
            // The same from a clone that has none of these tags.
            try await repository.git(
                "clone", "-q", "--no-tags", fixture.remote, repository.scratch.path + "/bare-of-tags")
            let clone = repository.at(repository.scratch.path + "/bare-of-tags")
            #expect(try await clone.mustPatch("release", "minor", "--dry-run").output == "1.1.0\n")
            #expect(try await clone.git("tag") == "")
        }
    }

    @Test func keptHereItIsUndoneOrSentLater() async throws {
        try await ReleaseFixture.with("") { fixture in
            let kept = try await fixture.release("minor", "--no-push")
            #expect(kept.succeeded && kept.errorOutput.contains("to push it: git patch release 1.2.0"), "\(kept)")
            #expect(try await fixture.remoteTag() == "")
            try await fixture.repository.mustPatch("undo")
            #expect(try await fixture.localTag() == "")
            #expect(try await fixture.release("minor", "--no-push").succeeded)
            let object = try await fixture.localTag()
            try await fixture.land("meanwhile")
            #expect(try await fixture.release("minor").succeeded)
            #expect(try await fixture.remoteTag() == object)
            let log = try await fixture.repository.patch("log", "--json").output
            let id = try #require(log.firstMatch(of: /"id":"([0-9a-f]+)"/)?.output.1)
            let undo = try await fixture.repository.patch("undo", String(id))
            #expect(undo.exitCode == 1 && undo.errorOutput.contains("mend things with a new version"), "\(undo)")
        }
    }

    @Test func programsAreToldEverything() async throws {
        try await ReleaseFixture.with { fixture in
            let planned = try await fixture.release("minor", "--dry-run", "--json")
            #expect(
                planned.output.contains("\"outcome\":\"planned\"")
                    && planned.output.contains("\"paths\":[\"version.txt\""))
            let created = try await fixture.release("minor", "--json", "-q")
            #expect(created.output.contains("\"outcome\":\"created\"") && created.output.contains("\"patch\":{"))
            let waiting = try await fixture.release("minor", "--json")
            #expect(waiting.exitCode == 1 && waiting.output.contains("\"code\":\"not-landed\""), "\(waiting)")
            try await fixture.landRelease()
            let tagged = try await fixture.release("minor", "--json")
            for part in ["\"outcome\":\"released\"", "\"pushed\":true", "\"release\":\"1.2.0\"", "\"last\":\"1.1.0\""] {
                #expect(tagged.output.contains(part), "\(tagged)")
            }
            let refused = try await fixture.release("1.0.0", "--json")
            #expect(refused.exitCode == 1 && refused.output.contains("\"code\":\"bad-version\""), "\(refused)")
            for result in [planned, created, waiting, tagged, refused] {
                #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(result.outputBytes)) }
            }
        }
    }

    /// Nothing is tagged, and a file holds a version that nobody released: the first one is made by two calls as any other.
    @Test func theSameWordTwiceMakesTheFirstRelease() async throws {
        try await TestRepository.with { repository in
            try await repository.commit(
                "first",
                files: [
                    "version.txt": "1.1.0\n", "CHANGELOG.md": ReleaseFixture.changelog,
                    ".gitpatch": ReleaseFixture.files,
                ])
            let fixture = ReleaseFixture(repository: repository, remote: try await repository.addBareRemote())
            let prepared = try await fixture.release("minor")
            #expect(prepared.output == "patch/release-1-2-0\n", "\(prepared)")
            try await fixture.landRelease()
            try await fixture.land("what comes after")
            // The other wish is another one.
            #expect(try await fixture.release("major", "--dry-run").output == "v2.0.0\n")
            let tagged = try await fixture.release("minor")
            #expect(tagged.succeeded && !tagged.errorOutput.contains("no version is tagged"), "\(tagged)")
            #expect(try await fixture.remoteTag() == fixture.localTag())
            #expect(try await fixture.remoteTag("v1.2.0", "%(*subject)") == "Release 1.2.0")
            #expect(try await fixture.release("minor", "--dry-run").output == "v1.3.0\n")
        }
    }

    /// Whether it was released the target does not say, and what came after it is what is to be released now.
    @Test func aVersionThatWasWrittenByHandIsNotTaggedByAWord() async throws {
        try await TestRepository.with { repository in
            let policy = "[release]\n    versionFile = version.txt\n"
            try await repository.commit("first", files: ["version.txt": "1.1.0\n", ".gitpatch": policy])
            try await repository.commit("bump to 1.2.0", files: ["version.txt": "1.2.0\n"])
            let fixture = ReleaseFixture(repository: repository, remote: try await repository.addBareRemote())
            try await fixture.land("what comes after")
            let planned = try await fixture.release("minor", "--dry-run")
            #expect(planned.output == "v1.3.0\n", "\(planned)")
            #expect(planned.errorOutput.contains("type: git patch release 1.2.0"), "\(planned)")
        }
    }
}

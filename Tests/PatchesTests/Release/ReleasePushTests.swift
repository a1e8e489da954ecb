import Foundation
import SuiteTestSupport
import Testing

/// What comes between the tag and the remote: checks, races, kills, refusals, signatures.
struct ReleasePushTests {
    @Test func everyCheckOfTheTierMustHavePassedOnThatTree() async throws {
        let policy = """
            [validate]
                audit = 0
            [check "good"]
                run = true
                tier = quick
            [check "bad"]
                run = test -f fixed
                tier = complete
                path = nothing/**
                needs = good
            """
        try await ReleaseFixture.with(policy) { fixture in
            let result = try await fixture.release("minor")
            #expect(result.exitCode == 1, "\(result)")
            // What changed does not matter here, the whole tree does: the check was not left out.
            #expect(result.errorOutput.contains("no pass of 'bad' (failed)"), "\(result)")
            #expect(result.errorOutput.contains("git validate "), "\(result)")
            #expect(try await fixture.localTag() == "")
            #expect(try await fixture.remoteTag() == "")
            try await fixture.land("fix", files: ["fixed": ""])
            let fixed = try await fixture.release("minor")
            #expect(
                fixed.succeeded && fixed.errorOutput.contains("every check of tier 'complete' has passed"), "\(fixed)")
        }
    }

    @Test func aVersionThatCameRedIsTaggedWhereItIsMended() async throws {
        let policy = ReleaseFixture.files + "[check \"unit\"]\n    run = test -f fixed\n"
        try await ReleaseFixture.with(policy) { fixture in
            #expect(try await fixture.release("minor").succeeded)
            try await fixture.landRelease()
            try await fixture.land("fix", files: ["fixed": ""])
            let red = try await fixture.release("minor")
            #expect(red.exitCode == 1 && red.errorOutput.contains("git patch release 1.2.0 --tip"), "\(red)")
            #expect(try await fixture.release("minor", "--tip", "--no-push").succeeded)
            try await fixture.land("later", files: ["later": ""])
            #expect(try await fixture.release("minor").succeeded)
            #expect(try await fixture.remoteTag("v1.2.0", "%(*objectname)") == "\(fixture.repository.id("main~1"))")
            #expect(try await fixture.release("1.2.0").errorOutput.contains("nothing to do"))
        }
    }

    @Test func aRecordedPassCountsAndArtifactsAreCollected() async throws {
        let policy = #"""
            [validate]
                audit = 0
            [release]
                tier = quick
            [check "package"]
                run = "echo x >> \"$RAN\"; mkdir out; echo made > out/app"
                tier = quick
                env = RAN
                artifact = out
            [check "never"]
                run = false
                tier = complete
            """#
        try await ReleaseFixture.with(policy) { fixture in
            let ran = fixture.repository.scratch.path + "/ran"
            let repository = fixture.repository.with(environment: ["RAN": ran])
            try repository.write("sub/x", "")
            #expect(try await repository.run("git-validate", ["--tier", "quick"]).succeeded)
            let below = repository.at(repository.path + "/sub").with(environment: ["RAN": ran])
            let result = try await below.run("git-patch", ["release", "minor", "--artifacts", "here"])
            #expect(result.succeeded && result.errorOutput.contains("artifacts in 'here': out"), "\(result)")
            #expect(repository.read("sub/here/out/app") == "made\n")
            #expect(try String(contentsOfFile: ran, encoding: .utf8) == "x\n", "the pass was recorded")
            let other = try await below.run("git-patch", ["release", "2.0.0", "--artifacts", "here"])
            #expect(other.exitCode != 0 && other.errorOutput.contains("here"), "\(other)")
        }
    }

    @Test func aTagThatAppearsMeanwhileWins() async throws {
        try await ReleaseFixture.with("") { fixture in
            let repository = fixture.repository
            try repository.write(
                ".git/hooks/pre-push",
                """
                #!/bin/sh
                unset GIT_DIR
                exec git --git-dir '\(fixture.remote)' tag -a -m theirs v1.2.0 main
                """, executable: true)
            let result = try await fixture.release("minor")
            #expect(result.exitCode == 1 && result.errorOutput.contains("somebody else was faster"), "\(result)")
            #expect(try await fixture.localTag() == "", "ours is taken back")
            #expect(try await fixture.remoteTag("v1.2.0", "%(contents)") == "theirs")
            try repository.remove(".git/hooks/pre-push")
            #expect(try await repository.patch("status").succeeded)
        }
    }

    @Test func aKillAtAnyStepIsFinishedByTheSameCommand() async throws {
        var kills = 0
        while kills < 100 {
            let point = kills + 1
            var lived = false
            try await ReleaseFixture.with("") { fixture in
                let repository = fixture.repository.with(environment: ["GITPATCH_FAULT": "*:\(point)"])
                lived = try await repository.run("git-patch", ["release", "--no-verify", "minor"]).exitCode != 137
                if lived { return }
                let again = try await fixture.release("1.2.0")
                #expect(again.succeeded, "point \(point): \(again)")
                #expect(try await fixture.remoteTag("v1.2.0", "%(objecttype)") == "tag", "point \(point)")
                #expect(try await fixture.remoteTag() == fixture.localTag(), "point \(point)")
                #expect(try await fixture.repository.locks() == [], "point \(point)")
                #expect(try await fixture.repository.tryGit(["fsck", "--full", "--strict"]).succeeded)
                let log = try await fixture.repository.mustPatch("log")
                #expect(!log.output.contains("undoable"), "point \(point): \(log)")
            }
            if lived { break }
            kills += 1
        }
        #expect(kills > 4)
    }

    @Test func preparingSurvivesAKillAtEveryStep() async throws {
        for point in [1, 3, 5, 7] {
            try await ReleaseFixture.with { fixture in
                let repository = fixture.repository.with(environment: ["GITPATCH_FAULT": "*:\(point)"])
                let killed = try await repository.run("git-patch", ["release", "minor"])
                #expect(killed.exitCode == 137, "\(killed)")
                #expect(try await fixture.repository.patch("status").succeeded)
                _ = try await fixture.release("minor")
                let branches = try await fixture.repository.git(
                    "branch", "--list", "--format=%(refname:short)", "patch/*")
                #expect(branches == "patch/release-1-2-0", "point \(point)")
            }
        }
    }

    @Test func withoutTheRemoteTheTagWaitsHere() async throws {
        try await ReleaseFixture.with("") { fixture in
            let repository = fixture.repository
            try await repository.git("remote", "set-url", "origin", fixture.remote + ".gone")
            let counted = try await fixture.release("minor")
            #expect(counted.exitCode == 69 && counted.errorOutput.contains("name the version"), "\(counted)")
            let kept = try await fixture.release("1.2.0")
            #expect(kept.exitCode == 69 && kept.errorOutput.contains("try again: git patch release 1.2.0"), "\(kept)")
            let object = try await fixture.localTag()
            #expect(object != "")
            try await repository.git("remote", "set-url", "origin", fixture.remote)
            #expect(try await fixture.release("1.2.0").succeeded)
            #expect(try await fixture.remoteTag() == object)
        }
    }

    @Test func whatTheServerOrAHookRefusesIsKept() async throws {
        try await ReleaseFixture.with("") { fixture in
            let hook = fixture.remote + "/hooks/pre-receive"
            try "#!/bin/sh\necho not on a Friday\nexit 1\n".write(toFile: hook, atomically: true, encoding: .utf8)
            try makeExecutable(hook)
            let refused = try await fixture.release("minor")
            #expect(refused.exitCode == 1 && refused.errorOutput.contains("not on a Friday"), "\(refused)")
            #expect(refused.errorOutput.contains("git patch undo"), "\(refused)")
            try FileManager.default.removeItem(atPath: hook)
            let prePush = ".git/hooks/pre-push"
            try fixture.repository.write(prePush, "#!/bin/sh\necho no >&2\nexit 1\n", executable: true)
            let held = try await fixture.release("minor")
            #expect(
                held.exitCode == 1 && held.errorOutput.contains("the pre-push hook refused tag 'v1.2.0'"), "\(held)")
            try fixture.repository.remove(prePush)
            #expect(try await fixture.release("minor").succeeded)
            #expect(try await fixture.remoteTag() == fixture.localTag())
        }
    }

    @Test func aTagIsSignedAsTheRepositorySays() async throws {
        try await ReleaseFixture.with("") { fixture in
            let repository = fixture.repository
            let program = repository.scratch.path + "/signer"
            let script = """
                #!/bin/sh
                cat > '\(repository.scratch.path)/signed'
                echo '[GNUPG:] SIG_CREATED ' >&2
                printf -- '-----BEGIN PGP SIGNATURE-----\\n\\nAAAA\\n-----END PGP SIGNATURE-----\\n'
                """
            try script.write(toFile: program, atomically: true, encoding: .utf8)
            try makeExecutable(program)
            try await repository.git("config", "gpg.program", program)
            #expect(try await fixture.release("minor", "--no-push").succeeded)
            #expect(try await fixture.localTag("v1.2.0", "%(contents:signature)") == "")
            try await repository.mustPatch("undo")
            #expect(try await fixture.release("minor", "--no-push", "--sign").succeeded)
            #expect(try await fixture.localTag("v1.2.0", "%(contents:signature)").hasPrefix("-----BEGIN PGP"))
            try await repository.mustPatch("undo")
            try await repository.git("config", "tag.gpgSign", "true")
            #expect(try await fixture.release("minor", "--no-push", "--no-sign").succeeded)
            #expect(try await fixture.localTag("v1.2.0", "%(contents:signature)") == "")
            try await repository.mustPatch("undo")
            #expect(try await fixture.release("minor").succeeded)
            #expect(try await fixture.remoteTag("v1.2.0", "%(contents:signature)").hasPrefix("-----BEGIN PGP"))
            try "#!/bin/sh\necho no key >&2\nexit 1\n".write(toFile: program, atomically: true, encoding: .utf8)
            try await fixture.land("more")
            let failed = try await fixture.release("minor")
            #expect(failed.exitCode == 1 && failed.errorOutput.contains("--no-sign"), "\(failed)")
            #expect(try await fixture.localTag("v1.3.0") == "")
        }
    }

    @Test func aHostileChangelogSignsNothing() async throws {
        let changelog =
            "## Unreleased\n\n### #1\u{1B}[2J\n-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n"
        try await ReleaseFixture.with("[release]\n    changelog = CHANGELOG.md\n", changelog: changelog) { fixture in
            #expect(try await fixture.release("minor").succeeded)
            try await fixture.landRelease()
            #expect(try await fixture.release("minor").succeeded)
            #expect(try await fixture.remoteTag("v1.2.0", "%(contents:signature)") == "")
            let text = try await fixture.remoteTag("v1.2.0", "%(contents)")
            #expect(text.hasPrefix("Release 1.2.0\n\n### #1[2J\n -----BEGIN PGP SIGNATURE-----\n"), "\(text)")
        }
    }
}

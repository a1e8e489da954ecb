import Foundation
import GitValues
import SuiteTestSupport
import Testing

/// Kills the real executable at every fault point and lets the next command recover.
struct CrashTests {
    /// Kills the command at its first, second, … fault point until it comes through, each time in a fresh repository.
    private func sweep(
        prepare: (TestRepository) async throws -> Void = { try await $0.makeDirty() }, _ arguments: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let whole = try await TestRepository.with { twin -> String in
            try await prepare(twin)
            let result = try await twin.run("git-patch", try await named(arguments, in: twin))
            #expect(result.succeeded, "\(result)", sourceLocation: sourceLocation)
            return try await RepositoryState.read(twin).shape
        }
        var forward = 0
        var back = 0
        while forward + back < 200 {
            let point = forward + back + 1
            let end = try await TestRepository.with { repository -> End in
                try await prepare(repository)
                return try await kill(repository, at: point, arguments, whole: whole, sourceLocation)
            }
            if end == .lived { break }
            if end == .back { back += 1 } else { forward += 1 }
        }
        #expect(back > 2 && forward > 2, "kills: \(back) back, \(forward) forward", sourceLocation: sourceLocation)
    }

    private enum End { case lived, back, forward }

    private func kill(
        _ repository: TestRepository, at point: Int, _ arguments: [String], whole: String, _ location: SourceLocation
    ) async throws -> End {
        let before = try await RepositoryState.read(repository)
        let killed = try await repository.with(environment: ["GITPATCH_FAULT": "*:\(point)"])
            .run("git-patch", try await named(arguments, in: repository))
        guard killed.exitCode == 137 else {
            #expect(killed.succeeded, "\(killed)", sourceLocation: location)
            return .lived
        }
        let next = try await repository.patch("status")
        #expect(next.succeeded, "point \(point): \(next)", sourceLocation: location)
        #expect(try await repository.locks() == [], "point \(point)", sourceLocation: location)
        let fsck = try await repository.tryGit(["fsck", "--full", "--strict"])
        #expect(fsck.succeeded, "point \(point): \(fsck)", sourceLocation: location)
        let log = try await repository.mustPatch("log", "--json").output
        #expect(!log.contains("\"running\""), "point \(point): \(log)", sourceLocation: location)
        let after = try await RepositoryState.read(repository)
        if after == before { return .back }
        #expect(after.shape == whole, "point \(point) is half done: \(next)", sourceLocation: location)
        try await repository.mustUndoNewest()
        let undone = try await RepositoryState.read(repository)
        #expect(undone == before, "point \(point) cannot be undone", sourceLocation: location)
        return .forward
    }

    /// Puts the id of the one snapshot in the place of its name.
    private func named(_ arguments: [String], in repository: TestRepository) async throws -> [String] {
        guard arguments.contains("SNAPSHOT") else { return arguments }
        let id = try await repository.git("for-each-ref", "--format=%(refname:lstrip=3)", "refs/gitpatch/snapshots")
        return arguments.map { $0 == "SNAPSHOT" ? id : $0 }
    }

    /// What somebody did after a kill, with git alone, is not moved back by the recovery.
    @Test(arguments: ["switch", "reset"]) func whoGoesOnAfterAKillKeepsWhatTheyMoved(how: String) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n", "b": "b\n"])
            try repository.write("b", "c\n")
            let dying = repository.with(environment: ["GITPATCH_FAULT": "finish"])
            let killed = try await dying.run("git-patch", ["Second", "--local"])
            #expect(killed.exitCode == 137, "\(killed)")
            try await repository.git(["switch", "-q", "main"])
            if how == "reset" { try await repository.git("branch", "-qD", "patch/second") }
            try repository.write("a", "mine\n")
            try await repository.git("add", "a")
            let next = try await repository.mustPatch("status")
            #expect(next.errorOutput.contains("recorded the end"), "\(next)")
            #expect(try await repository.git("symbolic-ref", "HEAD") == "refs/heads/main")
            #expect(try await repository.git("diff", "--cached", "--name-only") == "a")
            #expect(try await repository.locks() == [])
        }
    }

    @Test func aRecordThatIsGoneIsMadeAgain() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("a", "b\n")
            let dying = repository.with(environment: ["GITPATCH_FAULT": "moved"])
            _ = try await dying.run("git-patch", ["First", "--local"])
            let folder = repository.path + "/.git/gitpatch/ops"
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                try FileManager.default.removeItem(atPath: "\(folder)/\(name)/record.json")
            }
            let next = try await repository.mustPatch("status")
            #expect(next.errorOutput.contains("completed the interrupted"), "\(next)")
            #expect(try await repository.locks() == [])
            #expect(try await repository.git("status", "--porcelain") == "")
        }
    }

    @Test func theLockOfAnOperationThatTheStoreLostGoes() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("b", "b\n")
            try await repository.mustPatch("snapshot")
            try repository.write("a", "b\n")
            let dying = repository.with(environment: ["GITPATCH_FAULT": "held"])
            _ = try await dying.run("git-patch", ["First", "--local"])
            for ending in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: repository.path + "/.git/gitpatch/store.sqlite" + ending)
            }
            try await repository.mustPatch("status")
            #expect(try await repository.locks() == [])
            try await repository.git("add", "a")
        }
    }

    @Test func createSurvivesAKillAtEveryStep() async throws { try await sweep(["Fix the greeting"]) }

    @Test func createStaySurvivesAKillAtEveryStep() async throws { try await sweep(["Fix the greeting", "--stay"]) }

    @Test func undoSurvivesAKillAtEveryStep() async throws {
        try await sweep(
            prepare: { repository in
                try await repository.makeDirty()
                try await repository.mustPatch("Fix the greeting")
            }, ["undo"])
    }

    @Test func createReturnSurvivesAKillAtEveryStep() async throws {
        try await sweep(["Fix the greeting", "--return"])
    }

    @Test func updateSurvivesAKillAtEveryStep() async throws {
        try await sweep(
            prepare: { repository in
                try await repository.makeDirty()
                try await repository.mustPatch("Fix the greeting")
                try repository.write("both", "4 updated\n")
                try await repository.git("add", "both")
                try repository.write("both", "5 updated\n")
            }, ["update", "--amend"])
    }

    @Test func restoreSurvivesAKillAtEveryStep() async throws {
        try await sweep(
            prepare: { repository in
                try await repository.makeDirty()
                try await repository.mustPatch("snapshot")
                try await repository.git("reset", "-q", "--hard")
                try repository.write("both", "other work\n")
            }, ["restore", "SNAPSHOT"])
    }

    @Test func cleanupSurvivesAKillAtEveryStep() async throws {
        try await sweep(
            prepare: { repository in
                try await repository.makeDirty()
                try await repository.mustPatch("Fix the greeting", "--return")
                try await repository.git("merge", "-q", "--squash", "patch/fix-the-greeting")
                try await repository.git("commit", "-q", "-m", "squashed")
                try repository.write("both", "other work\n")
            }, ["cleanup", "--local"])
    }

    @Test func aLockOfAnotherProgramIsNeverRemoved() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            let lock = repository.path + "/.git/index.lock"
            #expect(FileManager.default.createFile(atPath: lock, contents: Data("theirs".utf8)))
            let before = try await RepositoryState.read(repository)
            let result = try await repository.patch("Fix the greeting")
            #expect(result.exitCode == 75)
            #expect(result.errorOutput.contains("index.lock"))
            #expect(FileManager.default.contents(atPath: lock) == Data("theirs".utf8))
            #expect(try await RepositoryState.read(repository) == before)
        }
    }

    @Test func aSecondCommandIsToldWhoWorks() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            let second = try await repository.run(
                "git-patch", ["Outer", "--run", "git-patch Inner; test $? = 75 && git-patch Inner 2>err; cat err >&2"])
            #expect(second.errorOutput.contains("git patch create (process "), "\(second)")
        }
    }

    /// Where only git can move references, HEAD follows in a step of its own.
    @Test func halfOfAChangeIsCompletedByTheNextCommand() async throws {
        try await TestRepository.with(initArguments: ["--object-format=sha256"]) { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("a", "b\n")
            try repository.write(".git/HEAD.lock", "")
            let failed = try await repository.patch("Fix a")
            #expect(!failed.succeeded)
            try repository.remove(".git/HEAD.lock")
            let next = try await repository.patch("status")
            #expect(next.succeeded, "\(next)")
            let branch = try await repository.git("symbolic-ref", "--short", "HEAD")
            let made = try await repository.tryGit(["rev-parse", "-q", "--verify", "patch/fix-a"]).succeeded
            #expect(made == (branch == "patch/fix-a"), "half: \(failed) \(next)")
            #expect(repository.read("a") == "b\n")
            if !made { #expect(try await repository.git("status", "--porcelain") == "M a") }
        }
    }
}

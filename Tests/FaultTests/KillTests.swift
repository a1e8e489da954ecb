import Foundation
import SuiteTestSupport
import Testing

/// Kills the real executables at the N-th system call that changes a file, a sample of them, or with
/// `GITPATCH_SWEEP=all` every single one.
@Suite(.enabled(if: Probe.isAvailable, "processes cannot be traced here"))
struct KillTests {
    @Test(arguments: Scenario.chosen)
    func aKillAtAnySystemCallLosesNothing(_ scenario: Scenario) async throws {
        try await KillSweep(scenario: scenario).run()
    }
}

extension Scenario: CustomTestStringConvertible {
    var testDescription: String { name }

    /// All of them, or the one `GITPATCH_SCENARIO` names.
    static var chosen: [Scenario] {
        let wish = ProcessInfo.processInfo.environment["GITPATCH_SCENARIO"]
        return all.filter { wish == nil || $0.name == wish }
    }

    static let all: [Scenario] = [
        Scenario(name: "create", arguments: ["Fix the greeting"], prepare: dirty),
        Scenario(name: "create --stay", arguments: ["Fix the greeting", "--stay"], prepare: dirty),
        Scenario(name: "create --return", arguments: ["Fix the greeting", "--return"], prepare: dirty),
        Scenario(name: "create --test", arguments: ["Fix the greeting", "--test", "test -e kept"], prepare: dirty),
        Scenario(name: "create by git", arguments: ["Fix the greeting"], prepare: filtered),
        Scenario(name: "create with a hook", arguments: ["Fix the greeting"], prepare: hooked),
        Scenario(name: "create, packs put together", arguments: ["Fix the greeting"], prepare: afterOthers),
        Scenario(
            name: "create on a remote", arguments: ["Fix the greeting", "--auto-merge"], prepare: withRemote,
            hasRemote: true),
        Scenario(name: "update", arguments: ["update"], prepare: updated),
        Scenario(name: "update --amend", arguments: ["update", "--amend", "-m", "Better"], prepare: updated),
        Scenario(
            name: "update on a remote", arguments: ["update", "--amend"], prepare: updatedOnRemote, hasRemote: true),
        Scenario(name: "undo", arguments: ["undo"], prepare: made),
        Scenario(name: "undo of --return", arguments: ["undo"], prepare: returned),
        Scenario(name: "undo on a remote", arguments: ["undo"], prepare: madeOnRemote, hasRemote: true),
        Scenario(name: "restore", arguments: ["restore", "SNAPSHOT"], prepare: kept),
        Scenario(name: "snapshot", arguments: ["snapshot"], prepare: dirty),
        Scenario(name: "cleanup", arguments: ["cleanup", "--local"], prepare: squashed),
        Scenario(name: "landing", program: "git-automerge", arguments: ["run", "--once"], prepare: armed),
        Scenario(
            name: "consolidate", program: "git-automerge", arguments: ["consolidate", "--auto-merge"], prepare: several),
    ]

    private static func dirty(_ repository: TestRepository) async throws { try await repository.makeDirty() }

    /// An external filter makes git do the capture.
    private static func filtered(_ repository: TestRepository) async throws {
        try await repository.git("config", "filter.upper.clean", "tr a-z A-Z")
        try await repository.git("config", "filter.upper.smudge", "tr A-Z a-z")
        // Of a filter that is not required and dies, git takes the unfiltered content, as for `git add`.
        try await repository.git("config", "filter.upper.required", "true")
        try repository.write(".gitattributes", "dir/* filter=upper\n")
        try await repository.makeDirty()
    }

    /// A hook that stages something, and leaves the files alone.
    private static func hooked(_ repository: TestRepository) async throws {
        try await repository.makeDirty()
        let line = "git update-index --cacheinfo 100644,$(echo of the hook | git hash-object -w --stdin),both\n"
        try repository.write(".git/hooks/pre-commit", "#!/bin/sh\n" + line, executable: true)
    }

    /// As many patches were made before that their packs are put together now.
    private static func afterOthers(_ repository: TestRepository) async throws {
        try await repository.commit("first", files: ["kept": "kept\n"])
        try await repository.git("config", "gc.autoPackLimit", "4")
        for name in ["one", "two"] {
            try repository.write(name, name + "\n")
            try await repository.mustPatch("Add \(name)", "--stay", "--local")
        }
    }

    private static func withRemote(_ repository: TestRepository) async throws {
        try await repository.commit("first", files: ["kept": "kept\n", "both": "1\n"])
        try await repository.addBareRemote()
        try repository.write("both", "2 staged\n")
        try await repository.git("add", "both")
        try repository.write("both", "3 unstaged\n")
        try repository.write("new", "untracked\n")
    }

    private static func made(_ repository: TestRepository) async throws {
        try await repository.makeDirty()
        try await repository.mustPatch("Fix the greeting")
    }

    private static func returned(_ repository: TestRepository) async throws {
        try await repository.makeDirty()
        try await repository.mustPatch("Fix the greeting", "--return")
    }

    private static func madeOnRemote(_ repository: TestRepository) async throws {
        try await withRemote(repository)
        try await repository.mustPatch("Fix the greeting", "--auto-merge", "--delay", "1h")
    }

    private static func updated(_ repository: TestRepository) async throws {
        try await made(repository)
        try await change(repository)
    }

    private static func updatedOnRemote(_ repository: TestRepository) async throws {
        try await madeOnRemote(repository)
        try await change(repository)
    }

    private static func change(_ repository: TestRepository) async throws {
        try repository.write("both", "4 updated\n")
        try await repository.git("add", "both")
        try repository.write("both", "5 updated\n")
    }

    private static func kept(_ repository: TestRepository) async throws {
        try await repository.makeDirty()
        try await repository.mustPatch("snapshot")
        try await repository.git("reset", "-q", "--hard")
        try repository.write("both", "other work\n")
    }

    private static func squashed(_ repository: TestRepository) async throws {
        try await returned(repository)
        try await repository.git("merge", "-q", "--squash", "patch/fix-the-greeting")
        try await repository.git("commit", "-q", "-m", "squashed")
        try repository.write("both", "other work\n")
    }

    private static func several(_ repository: TestRepository) async throws {
        let policy = "[automerge]\n\trequiredCheck = unit\n[check \"unit\"]\n\trun = true\n"
        try await repository.commit("first", files: ["kept": "kept\n", ".gitpatch": policy])
        try await repository.addBareRemote()
        for name in ["one", "two"] {
            try repository.write(name, name + "\n")
            try await repository.mustPatch("Add \(name)", "--return")
        }
        try repository.write("new", "changed since\n")
    }

    private static func armed(_ repository: TestRepository) async throws {
        let policy = "[automerge]\n\trequiredCheck = unit\n[check \"unit\"]\n\trun = true\n"
        try await repository.commit("first", files: ["kept": "kept\n", ".gitpatch": policy])
        try await repository.addBareRemote()
        try repository.write("new", "untracked\n")
        try await repository.mustPatch("Fix the greeting", "--auto-merge", "--delay", "0")
        try repository.write("new", "changed since\n")
    }
}

import Foundation
import GitValues
import Store
import SuiteTestSupport
import Testing

/// A store that is damaged, gone, or of a newer version.
struct StoreLossTests {
    private func storePath(_ repository: TestRepository) -> String { repository.path + "/.git/gitpatch/store.sqlite" }

    @Test(arguments: ["garbage", "cut", "gone", "log gone", "table"])
    func aLostStoreIsRebuiltFromReferences(_ damage: String) async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            try await repository.addBareRemote()
            let before = try await RepositoryState.read(repository)
            try await repository.mustPatch("Fix the greeting", "--auto-merge", "--delay", "1h")
            let path = storePath(repository)
            // Pages that are in the log as well are not damaged by what happens to the file.
            for end in ["-wal", "-shm"] where damage == "garbage" || damage == "cut" {
                try FileManager.default.removeItem(atPath: path + end)
            }
            switch damage {
            case "garbage": try Data(repeating: 0x7F, count: 9000).write(to: URL(fileURLWithPath: path))
            case "cut": #expect(truncate(path, 5000) == 0)
            case "gone": try FileManager.default.removeItem(atPath: path)
            case "log gone": try FileManager.default.removeItem(atPath: path + "-wal")
            default:
                _ = try await runCommand(
                    "python3",
                    ["-c", "import sqlite3,sys; sqlite3.connect(sys.argv[1]).execute('DROP TABLE patches')", path],
                    in: repository.path, environment: repository.environment)
            }
            var next = try await repository.patch("status")
            if !next.succeeded {
                // Deep damage is met in the middle of a command; the one after it mends.
                #expect(next.errorOutput.contains("git patch status"), "\(next)")
                next = try await repository.patch("status")
            }
            #expect(next.succeeded, "\(next)")
            #expect(next.errorOutput.contains("rebuilt 1 operation and 1 patch from references"), "\(next)")
            #expect(next.output.contains("'Fix the greeting', armed"), "\(next)")
            let again = try await repository.mustPatch("status")
            #expect(!again.errorOutput.contains("rebuilt"), "\(again)")
            let names = try FileManager.default.contentsOfDirectory(atPath: repository.path + "/.git/gitpatch")
            #expect(names.contains { $0.hasPrefix("store.sqlite.damaged-") } == !damage.hasSuffix("gone"))
            try await repository.mustPatch("undo")
            let undone = try await RepositoryState.read(repository)
            let there = repository.at(repository.scratch.path + "/origin.git")
            #expect(try await there.git("for-each-ref", "--format=%(refname)") == "refs/heads/main")
            #expect(undone.files == before.files && undone.entries == before.entries && undone.head == before.head)
        }
    }

    /// What only the log knew is found again; what the store knew stays as it is.
    @Test func aLostLogIsMadeUpFor() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("a", "b\n")
            try await repository.mustPatch("First", "--local")
            let store = storePath(repository)
            _ = try await repository.run("sqlite3", [store, "PRAGMA wal_checkpoint(TRUNCATE)"])
            try repository.write("a", "c\n")
            try await repository.mustPatch("Second", "--local")
            try await repository.mustPatch("undo")
            for end in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: store + end) }
            let next = try await repository.mustPatch("log", "--json")
            #expect(next.errorOutput.contains("a part of the store was gone; rebuilt 2 operations"), "\(next)")
            #expect(next.output.contains("\"undone\""), "\(next)")
            let list = try await repository.mustPatch("list", "--json").output
            #expect(list.contains("First") && !list.contains("Second"), "\(list)")
            try await repository.mustPatch("undo")
            #expect(try await repository.git("symbolic-ref", "HEAD") == "refs/heads/main")
        }
    }

    /// What waited for the remote waits again, and what came later than the loss stays the newest.
    @Test func anUpdateThatOnlyTheLogKnewIsDelivered() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            let remote = try await repository.addBareRemote()
            try repository.write("a", "b\n")
            try await repository.mustPatch("First")
            let store = storePath(repository)
            _ = try await repository.run("sqlite3", [store, "PRAGMA wal_checkpoint(TRUNCATE)"])
            try FileManager.default.moveItem(atPath: remote, toPath: remote + ".away")
            try repository.write("a", "c\n")
            try await repository.mustPatch("update")
            for end in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: store + end) }
            // Another program of the suite writes the log again before anybody has looked.
            do { try Store.open(directory: repository.path + "/.git/gitpatch").setFact("some", to: "fact") }
            let status = try await repository.patch("status")
            #expect(status.errorOutput.contains("a part of the store was gone"), "\(status)")
            try FileManager.default.moveItem(atPath: remote + ".away", toPath: remote)
            try await repository.mustPatch("resume")
            let head = try await repository.git("rev-parse", "HEAD")
            #expect(try await repository.git("--git-dir", remote, "rev-parse", "patch/first") == head)
            try repository.write("a", "d\n")
            try await repository.mustPatch("update")
            try await repository.mustPatch("undo")
            #expect(try await repository.git("rev-parse", "HEAD") == head)
        }
    }

    @Test func aNewerStoreIsRefusedAndLeftAsItIs() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            try await repository.mustPatch("snapshot")
            let path = storePath(repository)
            let raised = try await runCommand(
                "python3",
                ["-c", "import sqlite3,sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA user_version=999')", path],
                in: repository.path, environment: repository.environment)
            guard raised.succeeded else { return }  // Without Python nothing here can raise the version.
            let before = try await RepositoryState.read(repository)
            for arguments in [["status"], ["Fix the greeting"], ["undo"]] {
                let result = try await repository.run("git-patch", arguments)
                #expect(result.exitCode == 69, "\(result)")
                #expect(result.errorOutput.contains("a newer git-patch wrote this store"), "\(result)")
            }
            #expect(try await RepositoryState.read(repository) == before)
            #expect(!FileManager.default.fileExists(atPath: path + ".damaged"))
        }
    }

    @Test func oldOperationsGoWhenNothingRefersToThem() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            try await repository.mustPatch("snapshot")
            try await repository.mustPatch("Fix the greeting")
            try await repository.git("config", "patch.keepOperations", "0")
            let directory = repository.path + "/.git/gitpatch"
            func references() async throws -> Int {
                let text = try await repository.git("for-each-ref", "--format=%(refname)", "refs/gitpatch/ops")
                return text.split(separator: "\n").count
            }
            #expect(try await references() == 2)
            // The last look was today: nothing happens before a day has passed.
            try repository.write("more", "1\n")
            try await repository.mustPatch("snapshot")
            #expect(try await references() == 3)
            do { try Store.open(directory: directory).setFact("journal.pruned", to: "2001-01-01T00:00:00Z") }
            try repository.write("more", "2\n")
            try await repository.mustPatch("snapshot")
            // The patch is still open, so its operation stays, and so does the one that was just made.
            let log = try await repository.mustPatch("log", "--json").output
            #expect(log.components(separatedBy: "\"command\":").count == 3, "\(log)")
            #expect(log.contains("\"create\""))
            #expect(try await references() == 2)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory + "/ops").count == 2)
            // Snapshots have references of their own.
            let kept = try await repository.git("for-each-ref", "--format=%(refname)", "refs/gitpatch/snapshots")
            #expect(kept.split(separator: "\n").count == 3)
        }
    }

    @Test func installingTheHooksCanBeUndone() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try await repository.mustPatch("hooks", "install")
            #expect(try await repository.mustPatch("hooks", "status", "--json").output.contains("\"installed\""))
            let log = try await repository.mustPatch("log").output
            #expect(log.contains("hooks install"), "\(log)")
            try await repository.mustPatch("undo")
            #expect(try await repository.mustPatch("hooks", "status", "--json").output.contains("\"absent\""))
            try await repository.mustUndoNewest()
            #expect(try await repository.mustPatch("hooks", "status", "--json").output.contains("\"installed\""))
        }
    }
}

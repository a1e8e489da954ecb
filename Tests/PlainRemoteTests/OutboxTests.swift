import Foundation
import GitValues
import PlainRemote
import Settings
import Store
import SuiteTestSupport
import Testing

/// What becomes of wishes that are refused, taken back or overtaken before the remote has heard of them.
@Suite struct OutboxTests {
    @Test func whatIsTakenBackWhileItIsPushedIsNeitherOpenedNorLeftThere() async throws {
        try await Meeting.with { here in
            let (started, go) = (here.remotePath + "/started", here.remotePath + "/go")
            try here.setHook("touch '\(started)'; while ! [ -e '\(go)' ]; do sleep 0.02; done")
            let patch = try await here.makePatch("racy", files: ["r.txt": "r\n"])
            let store = try here.openStore()
            try store.save(patch)
            try Delivery.enqueue(
                create: patch, author: ada, options: QueueOptions(autoMerge: true), operation: .make(), in: store)
            async let pushing = here.drain()
            while !FileManager.default.fileExists(atPath: started) { try await Task.sleep(for: .milliseconds(5)) }
            try Delivery.enqueue(
                withdraw: patch, commits: [patch.commit], reason: "undone", operation: .make(), in: store)
            _ = FileManager.default.createFile(atPath: go, contents: nil)
            _ = try await pushing

            let states = try store.requests(ofPatch: patch.id).map { "\($0.kind.rawValue) \($0.state.rawValue)" }
            #expect(states == ["push cancelled", "open cancelled", "arm cancelled", "delete-branch done"])
            #expect(try await here.onRemote("refs/heads/patch/racy") == "")
            #expect(try await here.onRemote("refs/patches/\(patch.id)") == "")
        }
    }

    /// After `git remote rename`, say: the branch is where it was.
    @Test func aBranchOfARemoteThatIsGoneIsNotToldToBeDeleted() async throws {
        try await Meeting.with { here in
            let patch = try await here.makePatch("left", files: ["l.txt": "l\n"])
            let store = try here.openStore()
            try store.save(patch)
            try Delivery.enqueue(create: patch, author: ada, options: QueueOptions(), operation: .make(), in: store)
            _ = try await here.drain()
            try Delivery.enqueue(
                withdraw: patch, commits: [patch.commit], reason: "undone", operation: .make(), in: store)
            try await here.clone.git("remote", "rename", "origin", "upstream")
            let settings = try await Settings.load(git: here.git, committed: nil)
            _ = try await Delivery.drain(store: store, git: here.git, location: here.location, settings: settings)

            #expect(try store.openRequests().isEmpty, "it waits for what may never come back")
            let deletion = try #require(try store.requests(ofPatch: patch.id).last { $0.kind == .deleteBranch })
            #expect(deletion.reason?.contains("there is no remote 'origin' any more") == true, "\(deletion)")
            #expect(try await here.onRemote("refs/heads/patch/left") == patch.commit.hex)
        }
    }

    @Test func madeAgainBeforeTheRemoteHeardOfItIsThere() async throws {
        try await Meeting.with { here in
            let patch = try await here.makePatch("again", files: ["a.txt": "a\n"])
            let store = try here.openStore()
            try store.save(patch)
            let options = QueueOptions(autoMerge: true)
            try Delivery.enqueue(create: patch, author: ada, options: options, operation: .make(), in: store)
            try here.moveRemote(away: true)
            _ = try await here.drain()
            try Delivery.enqueue(
                withdraw: patch, commits: [patch.commit], reason: "undone", operation: .make(), in: store)
            try Delivery.enqueue(create: patch, author: ada, options: options, operation: .make(), in: store)
            try here.moveRemote(away: false)
            _ = try await here.drain()

            #expect(try store.openRequests().isEmpty)
            #expect(try await here.onRemote("refs/heads/patch/again") == patch.commit.hex)
            #expect(try await here.document(patch).state == .armed)
        }
    }

    @Test func whatWasTakenBackAfterARefusalIsNeverPushed() async throws {
        try await Meeting.with { here in
            let patch = try await here.makePatch("secret", files: ["s.txt": "s\n"])
            let store = try here.openStore()
            try store.save(patch)
            try Delivery.enqueue(create: patch, author: ada, options: QueueOptions(), operation: .make(), in: store)
            try here.setHook("exit 1")
            _ = try await here.drain()
            try Delivery.enqueue(
                withdraw: patch, commits: [patch.commit], reason: "undone", operation: .make(), in: store)
            try here.setHook(nil)
            try Delivery.retry(patch: patch.id, in: store)
            _ = try await here.drain()

            #expect(try store.requests(ofPatch: patch.id).allSatisfy { $0.state == .cancelled })
            #expect(try await here.onRemote("refs/heads/patch/secret") == "")
        }
    }

    @Test func aNewerPushStandsForARefusedOneAndKeepsWhatWasWished() async throws {
        try await Meeting.with { here in
            var patch = try await here.makePatch("greet", files: ["b.txt": "two\n"])
            let store = try here.openStore()
            try store.save(patch)
            let options = QueueOptions(autoMerge: true, priority: .high)
            try Delivery.enqueue(create: patch, author: ada, options: options, operation: .make(), in: store)
            try here.setHook("exit 1")
            #expect(try await here.drain().map(\.state) == [.refused, .cancelled, .cancelled])
            try here.setHook(nil)
            let first = patch.commit
            try await here.amend(&patch)
            try Delivery.enqueue(update: patch, replaces: [first], author: ada, operation: .make(), in: store)
            _ = try await here.drain()

            #expect(try !store.requests().contains { $0.state == .refused })
            let document = try await here.document(patch)
            #expect(document.state == .armed)
            #expect(document.head == patch.commit)
            #expect(document.priority == .high)
        }
    }

    @Test func takingAWishBackDependsOnNoPush() async throws {
        try await Meeting.with { here in
            var patch = try await here.makePatch("greet", files: ["b.txt": "two\n"])
            let store = try here.openStore()
            try store.save(patch)
            try Delivery.enqueue(
                create: patch, author: ada, options: QueueOptions(autoMerge: true), operation: .make(), in: store)
            _ = try await here.drain()
            let first = patch.commit
            try await here.amend(&patch)
            try Delivery.enqueue(update: patch, replaces: [first], author: ada, operation: .make(), in: store)
            try Delivery.enqueue(disarm: patch, operation: .make(), in: store)
            try here.setHook("case $(cat) in *refs/heads/*) exit 1 ;; esac")
            #expect(try await here.drain().map(\.state) == [.refused, .cancelled, .done])
            #expect(try await here.document(patch).state == .queued)
        }
    }
}

extension Meeting {
    /// Delivers everything now.
    func drain() async throws -> [RequestRecord] {
        try await Delivery.drain(store: try openStore(), git: git, location: location, ignoringBackoff: true)
    }

    /// Sets what the server's pre-receive hook does, or removes it.
    func setHook(_ script: String?) throws {
        let path = remotePath + "/hooks/pre-receive"
        guard let script else { return try FileManager.default.removeItem(atPath: path) }
        try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
        try makeExecutable(path)
    }

    /// Takes the remote away, or brings it back.
    func moveRemote(away: Bool) throws {
        let elsewhere = remotePath + ".away"
        try FileManager.default.moveItem(
            atPath: away ? remotePath : elsewhere, toPath: away ? elsewhere : remotePath)
    }

    /// Gives the patch another commit in place of its last.
    func amend(_ patch: inout PatchRecord) async throws {
        try await clone.git("switch", "-q", patch.branch)
        try clone.write("b.txt", "amended\n")
        try await clone.git("commit", "-q", "-a", "--amend", "-m", "amended")
        patch.commit = try await clone.id("HEAD")
    }
}

import Foundation
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

@Suite struct DeliveryTests {
    @Test func createPushesOpensAndArmsWithOneCommitPerState() async throws {
        try await Meeting.with { here in
            let patch = try await here.makePatch("greet", files: ["b.txt": "two\n"])
            let store = try here.openStore()
            try store.save(patch)
            let options = QueueOptions(autoMerge: true, method: .merge, delay: TimeSpan(seconds: 60), approvals: 1)
            try Delivery.enqueue(create: patch, author: ada, options: options, operation: .make(), in: store)

            let requests = try await Delivery.drain(store: store, git: here.git, location: here.location)

            #expect(requests.map(\.kind) == [.push, .open, .arm])
            #expect(requests.allSatisfy { $0.state == .done && $0.attempts == 1 })
            #expect(try await here.onRemote("refs/heads/patch/greet") == patch.commit.hex)
            let document = try await here.document(patch)
            #expect(document.state == .armed)
            #expect(document.head == patch.commit)
            #expect(document.method == .merge)
            #expect(document.delay == 60)
            #expect(document.fork == patch.base)
            #expect(document.queuedAt != nil)
            let states = try await here.clone.git(
                "--git-dir", here.remotePath, "log", "--format=%s", "refs/patches/\(patch.id)")
            #expect(states == "armed: greet\nqueued: greet")
            #expect(try store.patch(patch.id)?.state == .armed)
        }
    }

    @Test func offlineRequestsWaitAndAreDeliveredLater() async throws {
        try await Meeting.with { here in
            let patch = try await here.makePatch("greet", files: ["b.txt": "two\n"])
            let store = try here.openStore()
            try store.save(patch)
            try Delivery.enqueue(create: patch, author: ada, options: QueueOptions(), operation: .make(), in: store)
            try FileManager.default.moveItem(atPath: here.remotePath, toPath: here.remotePath + ".away")

            let now = Timestamp.now()
            let offline = try await Delivery.drain(
                store: store, git: here.git, location: here.location, at: now)
            #expect(offline.allSatisfy { $0.state == .waiting && $0.reason != nil })
            #expect(try store.patch(patch.id)?.state == .queued)

            let tooSoon = try await Delivery.drain(
                store: store, git: here.git, location: here.location, at: now.adding(seconds: 0.1))
            #expect(tooSoon.first?.attempts == 1, "the backoff was not kept")

            try FileManager.default.moveItem(atPath: here.remotePath + ".away", toPath: here.remotePath)
            let online = try await Delivery.drain(
                store: store, git: here.git, location: here.location, ignoringBackoff: true)
            #expect(online.allSatisfy { $0.state == .done })
            #expect(try await here.document(patch).state == .queued)
        }
    }

    @Test func aPushTheServerRefusesEndsWithItsWords() async throws {
        try await Meeting.with { here in
            let hook = here.remotePath + "/hooks/pre-receive"
            try "#!/bin/sh\necho 'policy: no branches on Sunday' >&2\nexit 1\n".write(
                toFile: hook, atomically: true, encoding: .utf8)
            try makeExecutable(hook)
            let patch = try await here.makePatch("greet", files: ["b.txt": "two\n"])
            let store = try here.openStore()
            try Delivery.enqueue(create: patch, author: ada, options: QueueOptions(), operation: .make(), in: store)

            let requests = try await Delivery.drain(store: store, git: here.git, location: here.location)

            #expect(requests.map(\.state) == [.refused, .cancelled])
            #expect(requests[0].reason?.contains("policy: no branches on Sunday") == true)
            #expect(try await here.onRemote("refs/patches/\(patch.id)") == "")
        }
    }

    @Test func aBranchOfSomebodyElseIsNeverOverwritten() async throws {
        try await Meeting.with { here in
            let stranger = try await here.other("stranger")
            try await stranger.clone.git("switch", "-q", "-c", "patch/greet")
            let theirs = try await stranger.clone.commit("theirs", files: ["c.txt": "x\n"])
            try await stranger.clone.git("push", "-q", "origin", "patch/greet")
            let patch = try await here.makePatch("greet", files: ["b.txt": "two\n"])
            let store = try here.openStore()
            try Delivery.enqueue(create: patch, author: ada, options: QueueOptions(), operation: .make(), in: store)

            let requests = try await Delivery.drain(store: store, git: here.git, location: here.location)

            #expect(requests[0].state == .refused)
            #expect(requests[0].reason?.contains("patch/greet") == true)
            #expect(try await here.onRemote("refs/heads/patch/greet") == theirs.hex)
        }
    }

    @Test func anUpdateMovesBranchAndRecordAndTheDelayStartsAnew() async throws {
        try await Meeting.with { here in
            var patch = try await here.makePatch("greet", files: ["b.txt": "two\n"])
            let store = try here.openStore()
            try store.save(patch)
            try Delivery.enqueue(
                create: patch, author: ada, options: QueueOptions(autoMerge: true), operation: .make(), in: store)
            _ = try await Delivery.drain(store: store, git: here.git, location: here.location)
            let before = try await here.document(patch)

            let first = patch.commit
            try await here.clone.git("switch", "-q", "patch/greet")
            try here.clone.write("b.txt", "three\n")
            try await here.clone.git("commit", "-q", "-a", "--amend", "-m", "greet again")
            patch.commit = try await here.clone.id("HEAD")
            try Delivery.enqueue(update: patch, replaces: [first], author: ada, operation: .make(), in: store)
            let requests = try await Delivery.drain(store: store, git: here.git, location: here.location)

            #expect(requests.map(\.state) == [.done, .done])
            #expect(try await here.onRemote("refs/heads/patch/greet") == patch.commit.hex)
            let after = try await here.document(patch)
            #expect(after.head == patch.commit)
            #expect(after.state == .armed)
            #expect(after.headSince > before.headSince)
            #expect(after.queuedAt == before.queuedAt)
        }
    }

    @Test func withdrawCancelsWhatWaitsAndTakesBackWhatWasDone() async throws {
        try await Meeting.with { here in
            let store = try here.openStore()
            let waiting = try await here.makePatch("waiting", files: ["w.txt": "w\n"])
            try Delivery.enqueue(create: waiting, author: ada, options: QueueOptions(), operation: .make(), in: store)
            try Delivery.enqueue(
                withdraw: waiting, commits: [waiting.commit], reason: "undone", operation: .make(), in: store)
            #expect(try await Delivery.drain(store: store, git: here.git, location: here.location).isEmpty)
            #expect(try store.requests(ofPatch: waiting.id).allSatisfy { $0.state == .cancelled })
            #expect(try await here.onRemote("refs/heads/patch/waiting") == "")

            let done = try await here.makePatch("done", files: ["d.txt": "d\n"])
            try Delivery.enqueue(create: done, author: ada, options: QueueOptions(), operation: .make(), in: store)
            _ = try await Delivery.drain(store: store, git: here.git, location: here.location)
            try Delivery.enqueue(
                withdraw: done, commits: [done.commit], reason: "undone", operation: .make(), in: store)
            let requests = try await Delivery.drain(store: store, git: here.git, location: here.location)
            #expect(requests.map(\.kind) == [.close, .deleteBranch])
            #expect(requests.allSatisfy { $0.state == .done })
            #expect(try await here.onRemote("refs/heads/patch/done") == "")
            #expect(try await here.onRemote("refs/patches/\(done.id)") == "")
        }
    }
}

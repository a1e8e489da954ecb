import Foundation
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

/// Kills the real worker at every step and looks whether the next one brings everything to its end, once.
@Suite struct CrashTests {
    private static let landingSteps = ["land.test", "land.intent", "land.pushed", "land.recorded"]

    @Test(arguments: landingSteps)
    func aWorkerKilledWhileLandingIsCompletedOnce(step: String) async throws {
        try await Queue.with { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            let killed = try await here.clone.with(environment: ["GITPATCH_FAULT": step]).run("git-automerge", ["run"])
            #expect(killed.exitCode == 137, "\(killed)")

            let next = try await here.clone.run("git-automerge", ["run", "--json"])

            #expect(next.exitCode == 0, "\(next)")
            #expect(try await here.remoteGit("rev-list", "--count", "main") == "2")
            #expect(try await here.document(patch).state == .landed)
            #expect(try await here.receipts().count == 1)
            #expect(try await here.onRemote("refs/heads/patch/greet") == "")
            let store = try Store.open(directory: here.location.storeDirectory)
            #expect(try store.patch(patch.id)?.state == .landed)
            #expect(try store.fact("automerge.intent origin main") == nil)
            #expect(try await here.remoteGit("fsck", "--strict", "--no-dangling").isEmpty)
        }
    }

    @Test(arguments: ["settle.push", "settle.pushed"])
    func aWorkerKilledWhileEjectingIsCompletedOnce(step: String) async throws {
        let policy = "[automerge]\n\trequiredCheck = unit\n[check \"unit\"]\n\trun = \"test ! -e b.txt\"\n"
        try await Queue.with(policy: policy) { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            let killed = try await here.clone.with(environment: ["GITPATCH_FAULT": step]).run("git-automerge", ["run"])
            #expect(killed.exitCode == 137, "\(killed)")
            let next = try await here.clone.run("git-automerge", ["run", "--json"])
            #expect(next.exitCode == 0, "\(next)")
            #expect(try await here.document(patch).state == .ejected)
            let states = try await here.remoteGit("log", "--format=%s", "refs/patches/\(patch.id)")
            #expect(states == "ejected: greet\narmed: greet\nqueued: greet")
            #expect(try await here.remoteGit("rev-list", "--count", "main") == "1")
        }
    }

    @Test func withoutAtomicPushesTheNextWorkerFinishesWhatTheTargetHasAlready() async throws {
        try await Queue.with { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            _ = try await here.remoteGit("config", "receive.advertiseAtomic", "false")
            let killed = try await here.clone.with(environment: ["GITPATCH_FAULT": "land.target"])
                .run("git-automerge", ["run"])
            #expect(killed.exitCode == 137, "\(killed)")
            #expect(try await here.remoteGit("rev-list", "--count", "main") == "2")
            #expect(try await here.document(patch).state == .armed)

            let next = try await here.clone.run("git-automerge", ["run"])

            #expect(next.exitCode == 0, "\(next)")
            #expect(try await here.document(patch).state == .landed)
            #expect(try await here.receipts().count == 1)
            #expect(try await here.remoteGit("rev-list", "--count", "main") == "2")
            #expect(try await here.onRemote("refs/heads/patch/greet") == "")
        }
    }

    private static let deliverySteps = [
        "deliver.branch.push", "deliver.branch.answered", "deliver.record.push", "deliver.record.answered",
    ]

    @Test(arguments: deliverySteps)
    func aDeliveryThatIsKilledIsDoneOnce(step: String) async throws {
        try await Queue.with { here in
            let base = try await here.clone.id("main")
            try await here.clone.git("switch", "-q", "-c", "patch/greet")
            let commit = try await here.clone.commit("greet", files: ["b.txt": "hello\n"])
            let tree = try await here.clone.id("HEAD^{tree}")
            let patch = PatchRecord(
                id: .make(), title: "greet", branch: "patch/greet", base: base, target: "main", remote: "origin",
                commit: commit, tree: tree, engine: .git, state: .queued, created: .now(), updated: .now())
            let store = try Store.open(directory: here.location.storeDirectory)
            try store.save(patch)
            try Delivery.enqueue(
                create: patch, author: Queue.ada, options: QueueOptions(autoMerge: true), operation: .make(), in: store)
            let killed = try await here.clone.with(environment: ["GITPATCH_FAULT": step])
                .run("git-automerge", ["deliver"])
            #expect(killed.exitCode == 137, "\(killed)")

            let next = try await here.clone.run("git-automerge", ["deliver"])

            #expect(next.exitCode == 0, "\(next)")
            #expect(try store.requests().allSatisfy { $0.state == .done })
            #expect(try await here.onRemote("refs/heads/patch/greet") == commit.hex)
            let states = try await here.remoteGit("log", "--format=%s", "refs/patches/\(patch.id)")
            #expect(states == "armed: greet\nqueued: greet")
        }
    }

    @Test func aStopThatIsKilledBeforeItReachedTheRemoteStillHolds() async throws {
        try await Queue.with { here in
            try await here.patch("greet", files: ["b.txt": "hello\n"])
            let killed = try await here.clone.with(environment: ["GITPATCH_FAULT": "stop.queued"])
                .run("git-automerge", ["stop", "--reason", "fire"])
            #expect(killed.exitCode == 137, "\(killed)")
            let run = try await here.clone.run("git-automerge", ["run"])
            #expect(run.output.contains("fire"), "\(run)")
            #expect(try await here.remoteGit("rev-list", "--count", "main") == "1")
            #expect(try await here.onRemote("refs/automerge/main/epoch") != "")
        }
    }
}

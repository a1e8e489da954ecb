import FakeForges
import Foundation
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

/// What a command of another process asks for while a pass, or a delivery, waits for the forge: it counts.
struct MeanwhileTests {
    @Test(arguments: Kind.allCases)
    func aDisableWhileAPassTakesAMergeBackStays(kind: Kind) async throws {
        try await ArmedTrapTests.kept(kind) { rig in
            rig.change { $0.isDraft = true }
            rig.meanwhile("Disarm") { $0.isArmed = false }
            let ran = try await rig.run()
            #expect(rig.pull?.armed == nil, "\(ran)")
            #expect(try rig.record().isArmed == false)
            rig.change { $0.isDraft = false }
            rig.report("hidden")
            try await rig.run()
            #expect(rig.merges == 0)
        }
    }

    // `enable` for a head of others, and an `update` that is pushed at this moment: both mean the head the pass sees.
    @Test(arguments: Kind.allCases, [true, false])
    func aHeadThatIsMeantMeanwhileEndsNoArming(kind: Kind, isArmedAnew: Bool) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            try await rig.pushByOthers()
            rig.report()
            let head = try #require(ObjectID(hex: try await rig.head()))
            rig.meanwhile("Poll") { record in
                record.pin(head, at: .now())
                if isArmedAnew { record.armedAt = .now() }
            }
            let ran = try await rig.run()
            #expect(!ran.output.contains("ejected"), "\(ran)")
            try await rig.run()
            #expect(rig.merges == 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func anEndOfTheArmingWhileTheCommentIsWrittenStays(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            try await rig.automerge("disable")
            rig.meanwhile("EditComment") { record in
                record.isArmed = false
                record.disarmedBecause = "somebody else pushed"
            }
            try await rig.automerge("enable")
            #expect(try rig.record().isArmed == false)
            #expect(rig.pull?.comments.first?.body.contains("is off: somebody else pushed") == true)
            rig.report()
            try await rig.run()
            #expect(rig.merges == 0)
        }
    }

    @Test(arguments: Kind.allCases)
    func aDelayAskedForRightBeforeTheMergeIsWaitedFor(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            rig.report()
            rig.meanwhile("Look") { $0.options.delay = TimeSpan(seconds: 3600) }
            let ran = try await rig.run()
            #expect(rig.merges == 0, "\(ran)")
            #expect(try await rig.run().output.contains("are left"))
            #expect(rig.merges == 0)
        }
    }

    // Another process delivers, so the request to switch it off waits in the outbox.
    @Test(arguments: Kind.allCases)
    func aDisableThatIsNotDeliveredYetHoldsAPass(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            rig.report()
            rig.forge.before("Look") {
                do {
                    let store = try Store.open(directory: rig.clone.path + "/.git/gitpatch")
                    if let patch = try store.patches().first {
                        try Delivery.enqueue(disarm: patch, operation: .make(), in: store)
                    }
                } catch {
                    Issue.record(error)
                }
            }
            let ran = try await rig.run()
            #expect(rig.merges == 0, "\(ran)")
            try await rig.run()
            #expect(rig.merges == 0)
            #expect(try rig.record().isArmed == false)
        }
    }

    @Test(arguments: Kind.allCases)
    func anOwnHeadThatTheForgeShowsLateIsNotSomebodyElses(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            let old = try await rig.head()
            try rig.clone.write("b.txt", "second\n")
            try await rig.patch("update", "-m", "More")
            rig.report()
            rig.change { $0.staleHead = old }
            let early = try await rig.run()
            #expect(!early.output.contains("ejected"), "\(early)")
            #expect(rig.merges == 0)
            rig.change { $0.staleHead = nil }
            try await rig.run()
            #expect(rig.merges == 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func anOwnHeadThatIsPushedWhileAPassRunsIsNotSomebodyElses(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            try await rig.pushByOthers()
            let head = try #require(ObjectID(hex: try await rig.head()))
            // What `git patch update` has written before it pushes; its request to open is not delivered yet.
            rig.forge.before("Poll") {
                do {
                    let store = try Store.open(directory: rig.clone.path + "/.git/gitpatch")
                    guard var patch = try store.patches().first else { return }
                    patch.commit = head
                    try store.save(patch)
                } catch {
                    Issue.record(error)
                }
            }
            let ran = try await rig.run()
            #expect(!ran.output.contains("ejected"), "\(ran)")
            #expect(try rig.record().isArmed)
        }
    }
}

extension Rig {
    private var storeDirectory: String { clone.path + "/.git/gitpatch" }

    /// What this clone knows of its first patch on the forge.
    func record() throws -> ForgeRecord {
        let store = try Store.open(directory: storeDirectory)
        let patch = try #require(try store.patches().last)
        return try #require(try ForgeRecord.read(patch.id, in: store))
    }

    /// Changes what this clone knows of its first patch, as a command of another process does.
    func changeRecord(_ body: (inout ForgeRecord) -> Void) throws {
        let store = try Store.open(directory: storeDirectory)
        let patch = try #require(try store.patches().last)
        var record = try #require(try ForgeRecord.read(patch.id, in: store))
        body(&record)
        try record.save(patch.id, in: store)
    }

    /// Changes it right before the forge answers an operation.
    func meanwhile(_ operation: String, _ body: @escaping @Sendable (inout ForgeRecord) -> Void) {
        forge.before(operation) { [self] in
            do { try changeRecord(body) } catch { Issue.record(error) }
        }
    }
}

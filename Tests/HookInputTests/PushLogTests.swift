import Foundation
import GitValues
import SuiteTestSupport
import Testing

@testable import HookInput

/// What the helper notes for later.
struct PushLogTests {
    private func update(_ id: ObjectID, to reference: String = "refs/heads/x") -> PushUpdate {
        PushUpdate(localRef: "refs/heads/x", localID: id, remoteRef: reference, remoteID: nil)
    }

    @Test func whatWasLetThroughIsKnown() async throws {
        try await Desk.with { desk in
            #expect(PushLog.all(in: desk.store) == nil)
            let time = Timestamp(milliseconds: 1_700_000_000_000)
            PushLog.add([update(idA), update(idB)], in: desk.store, at: time)
            PushLog.add([update(idC)], in: desk.store)
            PushLog.add([], in: desk.store)
            let log = try #require(PushLog.all(in: desk.store))
            #expect(log.objects == [idA, idB, idC] && log.since == time)
        }
    }

    @Test func theLogDoesNotGrowForEver() async throws {
        try await Desk.with { desk in
            let many = (0..<500).map { _ in update(idA, to: "refs/heads/" + String(repeating: "x", count: 100)) }
            for _ in 0..<8 { PushLog.add(many, in: desk.store) }
            PushLog.add([update(idB)], in: desk.store)
            let file = try #require(FileIdentity.of(desk.store + "/pushes"))
            #expect(file.size < 1 << 19)
            #expect(PushLog.all(in: desk.store)?.objects == [idA, idB])
        }
    }

    @Test func noticesAreToldOnce() async throws {
        try await Desk.with { desk in
            #expect(HookNotices.take(from: desk.store).isEmpty)
            HookNotices.add(["one", "two\u{1B}[31m"], in: desk.store)
            HookNotices.add(["three"], in: desk.store)
            #expect(HookNotices.take(from: desk.store) == ["one", "two?[31m", "three"])
            #expect(HookNotices.take(from: desk.store).isEmpty)
        }
    }
}

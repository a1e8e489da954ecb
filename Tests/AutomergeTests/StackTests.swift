import Automerge
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

/// What a patch carries of the one below never lands before that one has.
@Suite struct StackTests {
    @Test func aPatchOnOneThatTheRemoteDoesNotKnowWaits() async throws {
        try await Queue.with { here in
            try await here.clone.git("switch", "-q", "-c", "patch/unknown")
            try await here.clone.commit("unknown", files: ["secret.txt": "s\n"])
            try await here.clone.git("switch", "-q", "main")
            let unknown = RecordID.make()
            let above = try await here.patch("above", files: ["b.txt": "b\n"], from: "patch/unknown", on: unknown)

            let report = try await here.other("other").worker().pass()

            #expect(report.landed.isEmpty)
            #expect(try await here.onRemote("main:secret.txt") == "")
            #expect(report.waiting.map(\.patch) == [above.id])
            #expect(report.waiting[0].reason.contains(unknown.short))

            let typed = try await here.clone.run("git-automerge", ["enable", above.id.text, "--unstack"])
            #expect(typed.exitCode == 0, "\(typed)")
            #expect(try await here.worker().pass().landed.count == 1)
        }
    }

    @Test func aRecordOfANewerVersionBelowHoldsThePatchUp() async throws {
        try await Queue.with { here in
            let below = try await here.patch("below", files: ["a.txt": "changed\n"])
            let above = try await here.patch("above", files: ["b.txt": "b\n"], from: "patch/below", on: below.id)
            try await here.rewriteRecord(of: below) { $0.replacing("\"version\" : 1", with: "\"version\" : 99") }

            let report = try await here.worker().pass()

            #expect(report.landed.isEmpty)
            #expect(report.waiting.map(\.patch) == [above.id])
            #expect(report.waiting[0].reason.contains("version 99"), "\(report.waiting)")
        }
    }
}

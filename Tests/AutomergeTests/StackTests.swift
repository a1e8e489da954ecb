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

    @Test func aPatchHasItsPlaceBehindTheOneItIsOn() async throws {
        let commit = try #require(ObjectID(hex: String(repeating: "a", count: 40)))
        func document(_ title: String, on below: RecordID? = nil, queued second: Double) -> PatchDocument {
            var document = PatchDocument(
                id: .make(), title: title, branch: "patch/\(title)", base: commit, target: "main", head: commit,
                author: nil, state: .armed, at: .now())
            document.stackOn = below
            document.queuedAt = Timestamp(milliseconds: 0).adding(seconds: second)
            return document
        }
        let below = document("below", queued: 5)
        let middle = document("middle", on: below.id, queued: 1)
        let above = document("above", on: middle.id, queued: 0)
        let landed = document("landed below", on: .make(), queued: 3)
        var (one, two) = (document("one", queued: 6), document("two", queued: 7))
        (one.stackOn, two.stackOn) = (two.id, one.id)
        let order = LandingOrder.sorted([above, middle, below, landed, two, one], now: Timestamp(milliseconds: 0))
        #expect(order.map(\.title) == ["landed below", "below", "middle", "above", "one", "two"])
    }

    @Test func aPatchHasNoBetterPlaceForTheOneItIsOn() async throws {
        let commit = try #require(ObjectID(hex: String(repeating: "a", count: 40)))
        func document(_ title: String, on below: RecordID? = nil, _ priority: PatchPriority) -> PatchDocument {
            var document = PatchDocument(
                id: .make(), title: title, branch: "patch/\(title)", base: commit, target: "main", head: commit,
                author: nil, state: .armed, at: .now())
            (document.stackOn, document.priority, document.queuedAt) = (below, priority, Timestamp(milliseconds: 0))
            return document
        }
        let below = document("below", .high)
        let above = document("above", on: below.id, .low)
        let other = document("other", .normal)
        let order = LandingOrder.sorted([above, other, below], now: Timestamp(milliseconds: 0))
        #expect(order.map(\.title) == ["below", "other", "above"])
    }

    /// `below` is amended after `above` was put on it, and lands so; `above` waits to be enabled.
    private func amendedStack(_ here: Queue) async throws -> (below: PatchRecord, above: PatchRecord) {
        let below = try await here.patch("below", files: ["a.txt": "first\n"])
        let above = try await here.patch(
            "above", files: ["b.txt": "b\n"], from: "patch/below", options: .init(), target: "patch/below", on: below.id
        )
        try await here.clone.git("switch", "-q", "patch/below")
        try await here.clone.git("commit", "-q", "--amend", "-m", "below, better")
        try await here.clone.git("push", "-q", "-f", "origin", "patch/below")
        try await here.clone.git("switch", "-q", "main")
        #expect(try await here.worker().pass().landed.flatMap(\.members).map(\.patch) == [below.id])
        #expect(try await here.onRemote("refs/heads/patch/below") == "")
        return (below, above)
    }

    @Test func aFreshCloneHasWhatAPatchOnAnAmendedOneStartsBehind() async throws {
        try await Queue.with(url: true) { here in
            let above = try await amendedStack(here).above
            let enabled = try await here.clone.run("git-automerge", ["enable", above.id.text])
            #expect(enabled.exitCode == 0, "\(enabled)")
            let fresh = try await here.freshClone("fresh")
            let plan = try await fresh.clone.run("git-automerge", ["plan"])
            #expect(plan.exitCode == 0 && plan.output.contains("next 1 of 1"), "\(plan)")
            let report = try await fresh.worker().pass()
            #expect(report.landed.flatMap(\.members).map(\.patch) == [above.id], "\(report)")
        }
    }

    @Test func aRecordThatNamesWhatNobodyHasHoldsNobodyElseUp() async throws {
        try await Queue.with { here in
            let above = try await amendedStack(here).above
            let enabled = try await here.clone.run("git-automerge", ["enable", above.id.text])
            #expect(enabled.exitCode == 0, "\(enabled)")
            let made = ["1111111111111111111111111111111111111111", try await here.onRemote("main:a.txt")]
            for (index, id) in made.enumerated() {
                let known = try #require(try await here.document(above).replayFrom)
                try await here.rewriteRecord(of: above) { $0.replacing(known.hex, with: id) }
                let other = try await here.patch("other-\(index)", files: ["other-\(index).txt": "c\n"])
                for command in ["plan", "status"] {
                    let shown = try await here.clone.run("git-automerge", [command])
                    #expect(shown.exitCode == 0 && shown.output.contains("other-\(index)"), "\(shown)")
                }
                let report = try await here.worker().pass()
                #expect(report.landed.flatMap(\.members).map(\.patch) == [other.id], "\(report)")
                #expect(report.waiting.map(\.patch) == [above.id])
                #expect(report.waiting.first?.reason.contains("not to be had") == true, "\(report.waiting)")
            }
            let typed = try await here.clone.run("git-automerge", ["enable", above.id.text, "--unstack"])
            #expect(typed.exitCode == 0, "\(typed)")
            #expect(try await here.worker().pass().landed.flatMap(\.members).map(\.patch) == [above.id])
        }
    }

    @Test func aPatchOnOneThatLandsInACombinationFollowsIt() async throws {
        try await Queue.with(url: true) { here in
            let below = try await here.patch("below", files: ["a.txt": "changed\n"])
            let above = try await here.patch(
                "above", files: ["a.txt": "changed twice\n"], from: "patch/below", target: "patch/below", on: below.id)
            try await here.patch("mate", files: ["m.txt": "m\n"])
            for patch in [below.id, above.id] {
                _ = try await here.clone.run("git-automerge", ["disable", patch.text])
            }
            let made = try await here.clone.run("git-automerge", ["consolidate", "--auto-merge"])
            #expect(made.exitCode == 0, "\(made)")
            _ = try await here.worker().pass()
            #expect(try await here.document(below).state == .closed)
            let enabled = try await here.clone.run("git-automerge", ["enable", above.id.text])
            #expect(enabled.exitCode == 0, "\(enabled)")
            let report = try await here.freshClone("fresh").worker().pass()
            #expect(report.landed.flatMap(\.members).map(\.patch) == [above.id], "\(report)")
            #expect(try await here.remoteGit("show", "main:a.txt") == "changed twice")
        }
    }
}

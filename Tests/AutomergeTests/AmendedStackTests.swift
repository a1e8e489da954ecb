import Automerge
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

/// A patch that was put on another one which was amended since brings nothing back that the amend took out.
@Suite struct AmendedStackTests {
    /// Amends the patch at the tip of `patch/below` by what a body does to the files there, and pushes it by hand.
    private func amend(_ here: Queue, _ body: () async throws -> Void) async throws {
        try await here.clone.git("switch", "-q", "patch/below")
        try await body()
        try await here.clone.git("add", "-A")
        try await here.clone.git("commit", "-q", "--amend", "--no-edit")
        try await here.clone.git("push", "-q", "-f", "origin", "patch/below")
        try await here.clone.git("switch", "-q", "main")
    }

    private func expectOnlyItsOwn(_ here: Queue, _ above: PatchRecord, gone: String) async throws {
        let report = try await here.worker().pass()
        #expect(report.landed.flatMap(\.members).last?.patch == above.id, "\(report)")
        #expect(try await here.onRemote("main:a.txt") != "")
        #expect(try await here.onRemote("main:b.txt") != "")
        #expect(try await here.onRemote("main:\(gone)") == "", "what the amend took out is back")
        let audit = try await here.clone.run("git-automerge", ["verify"])
        #expect(audit.exitCode == 0, "\(audit)")
    }

    @Test(arguments: LandingMethod.allCases, [1, 2])
    func whatAnAmendTookOutDoesNotComeBack(method: LandingMethod, commits: Int) async throws {
        try await Queue.with { here in
            let below = try await here.patch(
                "below", files: ["a.txt": "first\n", "secret.txt": "s\n"], commits: commits)
            let above = try await here.patch(
                "above", files: ["b.txt": "b\n"], from: "patch/below",
                options: .init(autoMerge: true, method: method), target: "patch/below", on: below.id)
            try await amend(here) { try here.clone.remove("secret.txt") }
            try await expectOnlyItsOwn(here, above, gone: "secret.txt")
        }
    }

    /// What rides along below a patch on a head that nobody recorded is lost nowhere.
    @Test func whatRidesAlongOnAnUnknownHeadLandsToo() async throws {
        try await Queue.with { here in
            let below = try await here.patch("below", files: ["a.txt": "first\n"], options: .init())
            try await here.clone.git("switch", "-q", "patch/below")
            try await here.clone.git("commit", "-q", "--amend", "-m", "better worded")
            try await here.clone.commit("along", files: ["along.txt": "x\n"])
            _ = try await here.patch(
                "above", files: ["b.txt": "b\n"], from: "patch/below", target: "patch/below", on: below.id)
            try await here.clone.git("switch", "-q", "main")
            #expect(try await here.clone.run("git-automerge", ["enable", below.id.text]).exitCode == 0)
            _ = try await here.worker().pass()
            for file in ["a.txt", "along.txt", "b.txt"] {
                let content = try await here.onRemote("main:\(file)")
                #expect(content != "", "\(file)")
            }
        }
    }

    /// The branch below was pushed to by mistake, and that was taken back: the patch on top is still to land.
    @Test func whatWasOnTheBranchBelowByMistakeHasNotLandedWithIt() async throws {
        try await Queue.with { here in
            let below = try await here.patch("below", files: ["a.txt": "first\n"], options: .init())
            let above = try await here.patch(
                "above", files: ["b.txt": "b\n"], from: "patch/below", target: "patch/below", on: below.id)
            try await here.clone.git("push", "-q", "origin", "\(above.commit):refs/heads/patch/below")
            _ = try await here.worker().pass()
            try await here.clone.git("push", "-q", "-f", "origin", "\(below.commit):refs/heads/patch/below")
            _ = try await here.worker().pass()
            #expect(try await here.clone.run("git-automerge", ["enable", below.id.text]).exitCode == 0)
            for _ in 0..<2 {
                _ = try await here.worker().pass()
            }
            #expect(try await here.onRemote("main:a.txt") != "")
            #expect(try await here.onRemote("main:b.txt") != "")
        }
    }

    /// What the target gave up is not told as landed, though no commit says that it is missing.
    @Test(arguments: [false, true])
    func aPatchWithoutAChangeOfItsOwnIsInWhereThatOfTheOneBelowIs(isTakenBack: Bool) async throws {
        try await Queue.with { here in
            let below = try await here.patch("below", files: ["a.txt": "first\n"])
            let above = try await here.patch(
                "above", files: ["b.txt": "b\n"], from: "patch/below", options: .init(), target: "patch/below",
                on: below.id)
            try await here.clone.git("push", "-q", "-f", "origin", "\(below.commit):refs/heads/patch/above")
            #expect(try await here.worker().pass().landed.flatMap(\.members).map(\.patch) == [below.id])
            if isTakenBack {
                let other = try await here.other("other")
                try await other.clone.git("revert", "--no-edit", "HEAD")
                try await other.clone.git("push", "-q", "origin", "main")
            }
            #expect(try await here.clone.run("git-automerge", ["enable", above.id.text]).exitCode == 0)
            let report = try await here.worker().pass()
            #expect(report.landed.isEmpty)
            let document = try await here.document(above)
            #expect((document.state == .landed) == !isTakenBack, "\(document)")
            let reason = report.waiting.first?.reason ?? document.reason ?? ""
            if isTakenBack { #expect(reason.contains("lacks some of it"), "\(report)") }
        }
    }

    /// Whoever merges the target after a conflict lands what he made of it.
    @Test func aConflictThatWasSettledByMergingTheTargetLands() async throws {
        try await Queue.with { here in
            let below = try await here.patch("below", files: ["a.txt": "1\n2\n3\n"])
            let above = try await here.patch(
                "above", files: ["a.txt": "1\n2 above\n3\n"], from: "patch/below", target: "patch/below", on: below.id)
            try await amend(here) { try here.clone.write("a.txt", "1\n2 amended\n3\n") }
            #expect(try await here.clone.run("git-automerge", ["enable", below.id.text]).exitCode == 0)
            for _ in 0..<2 { _ = try await here.worker().pass() }
            try await here.clone.git("fetch", "-q", "origin")
            try await here.clone.git("switch", "-q", "patch/above")
            _ = try await here.clone.tryGit(["merge", "-q", "origin/main"])
            try here.clone.write("a.txt", "1\n2 both\n3\n")
            try await here.clone.git("commit", "-q", "-a", "-m", "settled")
            try await here.clone.git("push", "-q", "origin", "patch/above")
            #expect(try await here.clone.run("git-automerge", ["enable", above.id.text]).exitCode == 0)
            let report = try await here.worker().pass()
            #expect(report.landed.flatMap(\.members).map(\.patch) == [above.id], "\(report)")
            #expect(try await here.remoteGit("show", "main:a.txt").contains("2 both"))
        }
    }

    /// The last head the one below has had counts, also where it had another one since: what it gave up is not landed by another.
    @Test func aHeadThatWasTakenBackCountsToo() async throws {
        try await Queue.with { here in
            let below = try await here.patch("below", files: ["a.txt": "first\n"], options: .init())
            try await here.clone.git("switch", "-q", "patch/below")
            try await here.clone.commit("more", files: ["secret.txt": "s\n"])
            try await here.clone.git("push", "-q", "origin", "patch/below")
            try await here.clone.git("switch", "-q", "main")
            _ = try await here.worker().pass()
            let above = try await here.patch(
                "above", files: ["b.txt": "b\n"], from: "patch/below", target: "patch/below", on: below.id)
            try await here.clone.git("push", "-q", "-f", "origin", "\(below.commit):refs/heads/patch/below")
            #expect(try await here.clone.run("git-automerge", ["enable", below.id.text]).exitCode == 0)
            try await expectOnlyItsOwn(here, above, gone: "secret.txt")
        }
    }

    @Test func whoeverIsRebasedOntoTheAmendedOneAfterItLandedBringsItsOwnChangeOnly() async throws {
        try await Queue.with { here in
            let below = try await here.patch("below", files: ["a.txt": "first\n", "old.txt": "o\n"])
            let above = try await here.patch(
                "above", files: ["b.txt": "b\n"], from: "patch/below", options: .init(), target: "patch/below",
                on: below.id)
            try await amend(here) { try here.clone.write("a.txt", "better\n") }
            #expect(try await here.worker().pass().landed.count == 1)
            // Since then the target has lost what the one below brought.
            let other = try await here.other("other")
            try await other.clone.git("rm", "-q", "old.txt")
            try await other.clone.commit("without")
            try await other.clone.git("push", "-q", "origin", "main")
            try await here.clone.git("rebase", "-q", "--onto", "patch/below", below.commit.hex, "patch/above")
            try await here.clone.git("push", "-q", "-f", "origin", "patch/above")
            #expect(try await here.clone.run("git-automerge", ["enable", above.id.text]).exitCode == 0)
            try await expectOnlyItsOwn(here, above, gone: "old.txt")
            #expect(try await here.remoteGit("show", "main:a.txt") == "better")
        }
    }

    @Test(arguments: [LandingMethod.merge, .rebase])
    func aRevertedPatchWhoseStartIsGoneLandsAgain(method: LandingMethod) async throws {
        try await Queue.with { here in
            let patch = try await revertedPatch(here, method)
            let report = try await here.worker().pass()
            #expect(report.landed.flatMap(\.members).map(\.patch) == [patch.id], "\(report)")
            #expect(try await here.onRemote("main:b.txt") != "")
            #expect(try await here.onRemote("main:b-1.txt") != "")
        }
    }

    @Test func aRevertedPatchOfWhichNothingIsKnownTellsTheWayOut() async throws {
        try await Queue.with { here in
            let patch = try await revertedPatch(here, .merge)
            _ = try await here.remoteGit("update-ref", "-d", "refs/automerge/main/receipts")
            try await here.rewriteRecord(of: patch) {
                $0.replacing(patch.base?.hex ?? "-", with: String(repeating: "2", count: 40))
            }
            let report = try await here.worker().pass()
            #expect(report.landed.isEmpty)
            #expect(report.waiting.first?.reason.contains("git revert") == true, "\(report.waiting)")
            // What it says, typed.
            try await here.clone.git("fetch", "-q", "origin")
            try await here.clone.git("switch", "-q", "patch/b")
            try await here.clone.git("merge", "-q", "origin/main")
            try await here.clone.git("revert", "--no-edit", "origin/main")
            try await here.clone.git("push", "-q", "origin", "patch/b")
            let again = try await here.worker().pass()
            #expect(again.landed.flatMap(\.members).map(\.patch) == [patch.id], "\(again)")
            #expect(try await here.onRemote("main:b.txt") != "")
            #expect(try await here.onRemote("main:b-1.txt") != "")
        }
    }

    /// A patch that landed, was reverted and is enabled again, and whose record names a start that nobody has.
    private func revertedPatch(_ here: Queue, _ method: LandingMethod) async throws -> PatchRecord {
        let patch = try await here.patch(
            "b", files: ["b.txt": "b\n"], commits: 2, options: .init(autoMerge: true, method: method))
        #expect(try await here.worker().pass().landed.count == 1)
        let back = try await here.clone.run("git-automerge", ["rollback", patch.id.text])
        #expect(back.exitCode == 0, "\(back)")
        #expect(try await here.onRemote("main:b.txt") == "")
        let enabled = try await here.clone.run("git-automerge", ["enable", patch.id.text])
        #expect(enabled.exitCode == 0, "\(enabled)")
        let start = try #require(try await here.document(patch).replayFrom)
        try await here.rewriteRecord(of: patch) {
            $0.replacing("\"replayFrom\" : \"\(start)", with: "\"replayFrom\" : \"" + String(repeating: "1", count: 40))
        }
        return patch
    }
}

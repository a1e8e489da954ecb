import Automerge
import Foundation
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

@Suite struct LandingTests {
    @Test(arguments: [false, true])
    func aSquashLandsWithEpochReceiptStateAndWithoutItsBranch(url: Bool) async throws {
        try await Queue.with(url: url) { here in
            let base = try await here.onRemote("main")
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"], commits: 2)

            let report = try await here.worker().pass()

            #expect(report.landed.count == 1)
            #expect(report.ejected.isEmpty && report.waiting.isEmpty && report.misconfigured.isEmpty)
            #expect(try await here.remoteGit("rev-parse", "main^") == base)
            #expect(try await here.onRemote("main^{tree}") == patch.tree.hex)
            #expect(try await here.onRemote("refs/heads/patch/greet") == "")
            let document = try await here.document(patch)
            #expect(document.state == .landed)
            let tip = try await here.onRemote("main")
            #expect(document.landed?.hex == tip)
            let message = try await here.remoteGit("log", "-1", "--format=%B", "main")
            #expect(message == "greet\n\n* greet 1\n* greet\n\nPatch: \(patch.id)")
            let receipts = try await here.receipts()
            #expect(receipts.count == 1)
            #expect(receipts[0].base.hex == base)
            #expect(receipts[0].landed.hex == tip)
            #expect(receipts[0].tree == patch.tree)
            #expect(receipts[0].members.map(\.head) == [patch.commit])
            #expect(receipts[0].method == "squash")
            #expect(try await here.onRemote("refs/automerge/main/epoch") != "")
            let store = try Store.open(directory: here.location.storeDirectory)
            #expect(try store.patch(patch.id)?.state == .landed)
            #expect(try await here.remoteGit("fsck", "--strict", "--no-dangling").isEmpty)
        }
    }

    @Test func mergeKeepsTheCommitsAndRebasePutsThemOnTop() async throws {
        try await Queue.with { here in
            let merged = try await here.patch(
                "merged", files: ["m.txt": "m\n"], commits: 2, options: QueueOptions(autoMerge: true, method: .merge))
            let rebased = try await here.patch(
                "rebased", files: ["r.txt": "r\n"], commits: 2, options: QueueOptions(autoMerge: true, method: .rebase))

            let report = try await here.worker().pass()

            #expect(report.landed.flatMap(\.members).map(\.patch).count == 2)
            let subjects = try await here.remoteGit("log", "--first-parent", "--format=%s", "main")
            #expect(subjects == "rebased\nrebased 1\nMerge patch 'merged'\nfirst")
            #expect(try await here.remoteGit("merge-base", "--is-ancestor", merged.commit.hex, "main") == "")
            let author = try await here.remoteGit("log", "-1", "--format=%ad", "--date=raw", "main")
            let written = try await here.clone.git("log", "-1", "--format=%ad", "--date=raw", rebased.commit.hex)
            #expect(author == written)
            #expect(try await here.onRemote("main:r.txt") != "")
            #expect(try await here.onRemote("main:m.txt") != "")
        }
    }

    @Test func autoDecidesByTheShapeOfTheBranch() async throws {
        try await Queue.with { here in
            let auto = QueueOptions(autoMerge: true, method: .auto)
            try await here.patch("one", files: ["1.txt": "1\n"], options: auto)
            try await here.patch("series", files: ["s.txt": "s\n"], commits: 3, options: auto)
            let report = try await here.worker().pass()
            let methods = report.landed.flatMap(\.members).map(\.method)
            #expect(methods == [.squash, .rebase])
        }
    }

    @Test func aConflictIsEjectedWithItsPathsAndTheOthersLand() async throws {
        try await Queue.with { here in
            let bad = try await here.patch("bad", files: ["a.txt": "mine\n"])
            let good = try await here.patch("good", files: ["g.txt": "g\n"])
            try await here.clone.git("switch", "-q", "main")
            try await here.clone.commit("theirs", files: ["a.txt": "theirs\n"])
            try await here.clone.git("push", "-q", "origin", "main")

            let report = try await here.worker().pass()

            #expect(report.landed.flatMap(\.members).map(\.patch) == [good.id])
            #expect(report.ejected.map(\.patch) == [bad.id])
            #expect(report.ejected[0].reason.contains("a.txt"))
            let document = try await here.document(bad)
            #expect(document.state == .ejected)
            #expect(document.reason?.contains("a.txt") == true)
            #expect(try await here.onRemote("refs/heads/patch/bad") == bad.commit.hex)
        }
    }

    @Test func redTwiceIsEjectedOnlyTheCulpritOfABatch() async throws {
        try await Queue.with { here in
            var patches: [PatchRecord] = []
            for name in ["a", "b", "bad", "c"] {
                patches.append(try await here.patch(name, files: ["\(name).txt": "x\n"]))
            }
            let worker = try await here.worker(judging: { candidate in
                let files = try await here.clone.git("ls-tree", "--name-only", candidate.tree.hex)
                return files.contains("bad.txt")
                    ? CandidateVerdict(outcome: .failed(["unit"])) : CandidateVerdict(outcome: .passed)
            })

            let report = try await worker.pass()

            #expect(
                Set(report.landed.flatMap(\.members).map(\.patch))
                    == Set([patches[0], patches[1], patches[3]].map(\.id)))
            #expect(report.ejected.map(\.patch) == [patches[2].id])
            #expect(report.ejected[0].checks == ["unit"])
            #expect(try await here.onRemote("main:bad.txt") == "")
            #expect(try await here.document(patches[2]).state == .ejected)
        }
    }

    @Test func aStackedPatchWaitsAndThenLandsOnTheTargetOfTheOneBelow() async throws {
        try await Queue.with { here in
            let below = try await here.patch("below", files: ["a.txt": "changed\n"])
            let above = try await here.patch(
                "above", files: ["a.txt": "changed twice\n"], from: "patch/below", target: "patch/below", on: below.id)

            let report = try await here.worker().pass()

            #expect(report.landed.flatMap(\.members).map(\.patch) == [below.id, above.id])
            #expect(try await here.remoteGit("show", "main:a.txt") == "changed twice")
            #expect(try await here.remoteGit("rev-list", "--count", "main") == "3")
            let store = try Store.open(directory: here.location.storeDirectory)
            #expect(try store.patch(above.id)?.target == "main")
        }
    }

    @Test func aServerThatKeepsBranchesStillGetsTheLanding() async throws {
        try await Queue.with { here in
            _ = try await here.remoteGit("config", "receive.denyDeletes", "true")
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            let report = try await here.worker().pass()
            #expect(report.landed.count == 1)
            #expect(try await here.onRemote("main^{tree}") == patch.tree.hex)
            #expect(try await here.onRemote("refs/heads/patch/greet") == patch.commit.hex)
        }
    }

    @Test func aServerWithoutAtomicPushesLandsStepByStep() async throws {
        try await Queue.with { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            _ = try await here.remoteGit("config", "receive.advertiseAtomic", "false")
            let report = try await here.worker().pass()
            #expect(report.landed.count == 1)
            #expect(try await here.document(patch).state == .landed)
            #expect(try await here.receipts().count == 1)
            #expect(try await here.onRemote("refs/heads/patch/greet") == "")
        }
    }

    @Test func aLandingTheServerRefusesWaitsWithTheServersWords() async throws {
        try await Queue.with { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            let hook = here.remotePath + "/hooks/update"
            try "#!/bin/sh\n[ \"$1\" = refs/heads/main ] && echo 'main is closed today' >&2 && exit 1\nexit 0\n"
                .write(toFile: hook, atomically: true, encoding: .utf8)
            try makeExecutable(hook)
            let base = try await here.onRemote("main")

            let now = Timestamp.now()
            let report = try await here.worker(clock: { now }).pass()

            #expect(report.landed.isEmpty && report.ejected.isEmpty)
            #expect(report.waiting.map(\.patch) == [patch.id])
            #expect(report.waiting[0].reason.contains("main is closed today"))
            #expect(try await here.onRemote("main") == base)
            #expect(try await here.document(patch).state == .armed)

            try FileManager.default.removeItem(atPath: hook)
            let early = try await here.worker(clock: { now }).pass()
            #expect(early.landed.isEmpty, "the backoff was not kept")
            let later = try await here.worker(clock: { now.adding(seconds: 2) }).pass()
            #expect(later.landed.count == 1)
        }
    }
}

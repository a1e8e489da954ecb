import Automerge
import Foundation
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

/// Servers that refuse a part of what a landing writes: that part is not lost, and nothing else is.
@Suite struct UnwillingServerTests {
    /// A server without atomic pushes that refuses receipts for as long as the file `closed` is there.
    private func withoutAtomicPushes(_ queue: Queue) async throws {
        _ = try await queue.remoteGit("config", "receive.advertiseAtomic", "false")
        try await queue.clone.git("config", "automerge.batch", "1")
        try queue.hook("case $1 in */receipts) [ -f closed ] && exit 1;; esac")
    }

    private func closed(_ queue: Queue) -> String { queue.remotePath + "/closed" }

    @Test func noReceiptIsLostWhereTheNextLandingFollowsAtOnce() async throws {
        try await Queue.with { here in
            try await withoutAtomicPushes(here)
            try here.hook("case $1 in */receipts) [ -f closed ] && rm closed && exit 1;; esac")
            #expect(FileManager.default.createFile(atPath: closed(here), contents: nil))
            let patches = [
                try await here.patch("one", files: ["1.txt": "1\n"]),
                try await here.patch("two", files: ["2.txt": "2\n"]),
            ]
            for _ in 0..<2 { _ = try await here.worker().pass() }
            #expect(!FileManager.default.fileExists(atPath: closed(here)))
            for patch in patches { #expect(try await here.document(patch).state == .landed) }
            #expect(Set(try await here.receipts().flatMap(\.members).map(\.patch)) == Set(patches.map(\.id)))
            #expect(try await here.clone.run("git-automerge", ["verify"]).exitCode == 0)
        }
    }

    @Test func aRecordThatTheServerDoesNotWantHoldsUpNobodyElse() async throws {
        try await Queue.with { here in
            try await withoutAtomicPushes(here)
            let one = try await here.patch("one", files: ["1.txt": "1\n"])
            let two = try await here.patch("two", files: ["2.txt": "2\n"])
            try here.hook("case $1 in refs/patches/\(one.id)) exit 1;; esac")
            for _ in 0..<3 { _ = try await here.worker().pass() }
            #expect(try await here.remoteGit("rev-list", "--count", "main") == "3")
            #expect(try await here.document(two).state == .landed)
            #expect(Set(try await here.receipts().flatMap(\.members).map(\.patch)) == [one.id, two.id])
        }
    }

    @Test func aReceiptThatComesBetweenLookingAndWritingIsNoReasonToForgetOurs() async throws {
        try await Queue.with { here in
            try await withoutAtomicPushes(here)
            #expect(FileManager.default.createFile(atPath: closed(here), contents: nil))
            let one = try await here.patch("one", files: ["1.txt": "1\n"])
            #expect(try await here.worker().pass().landed.count == 1)
            try FileManager.default.removeItem(atPath: closed(here))
            // While ours is on its way, another worker's arrives.
            let race =
                "tree=$(git mktree < /dev/null); other=$(git -c user.name=o -c user.email=o commit-tree -m o $tree)"
            try here.hook(
                "case $1 in */receipts) [ -f raced ] || { touch raced; \(race); git update-ref $1 $other; };; esac")
            _ = try await here.worker().pass()
            #expect(FileManager.default.fileExists(atPath: here.remotePath + "/raced"))
            _ = try await here.worker().pass()
            let chain = try await here.remoteGit("log", "--format=%s", "refs/automerge/main/receipts")
            #expect(chain.split(separator: "\n").map { $0.hasPrefix("main is now") } == [true, false], "\(chain)")
            let newest = try await here.remoteGit("show", "refs/automerge/main/receipts:receipt.json")
            #expect(newest.contains("\(one.id)"))
        }
    }

    @Test func nothingMoreLandsBeforeTheReceiptsOfWhatLandedAreWritten() async throws {
        try await Queue.with { here in
            try await withoutAtomicPushes(here)
            #expect(FileManager.default.createFile(atPath: closed(here), contents: nil))
            let one = try await here.patch("one", files: ["1.txt": "1\n"])
            let two = try await here.patch("two", files: ["2.txt": "2\n"])
            let now = Timestamp.now()
            for minute in 0..<3 {
                let time = now.adding(seconds: Double(minute) * 60)
                _ = try await here.worker(clock: { time }).pass()
                #expect(try await here.remoteGit("rev-list", "--count", "main") == "2")
            }
            #expect(try await here.document(one).state == .landed)
            try FileManager.default.removeItem(atPath: closed(here))
            let report = try await here.worker(clock: { now.adding(seconds: 600) }).pass()
            #expect(report.landed.flatMap(\.members).map(\.patch) == [two.id], "\(report)")
            #expect(try await here.receipts().flatMap(\.members).map(\.patch) == [two.id, one.id])
        }
    }

    @Test func whatIsGoneHereHoldsUpNobody() async throws {
        try await Queue.with { here in
            try await withoutAtomicPushes(here)
            #expect(FileManager.default.createFile(atPath: closed(here), contents: nil))
            let one = try await here.patch("one", files: ["1.txt": "1\n"])
            #expect(try await here.worker().pass().landed.count == 1)
            try await here.clone.git("repack", "-adq")
            try await here.clone.git("prune", "--expire=now")
            try FileManager.default.removeItem(atPath: closed(here))
            let two = try await here.patch("two", files: ["2.txt": "2\n"])
            var told: [String] = []
            let worker = try await here.worker(report: { if case .note(let words) = $0 { told.append(words) } })
            #expect(try await worker.pass().landed.flatMap(\.members).map(\.patch) == [two.id])
            #expect(told.contains { $0.contains("refs/automerge/main/receipts") && $0.contains("is gone") }, "\(told)")
            #expect(try await here.document(one).state == .landed)
        }
    }

    @Test func aReceiptThatAnotherWorkerOvertookIsWrittenAfterIt() async throws {
        try await Queue.with { here in
            try await withoutAtomicPushes(here)
            #expect(FileManager.default.createFile(atPath: closed(here), contents: nil))
            let one = try await here.patch("one", files: ["1.txt": "1\n"])
            #expect(try await here.worker().pass().landed.count == 1)
            #expect(try await here.receipts().isEmpty)
            try FileManager.default.removeItem(atPath: closed(here))
            let two = try await here.patch("two", files: ["2.txt": "2\n"])
            #expect(try await here.other("other").worker().pass().landed.count == 1)
            _ = try await here.worker().pass()
            #expect(try await here.receipts().flatMap(\.members).map(\.patch) == [one.id, two.id])
            _ = try await here.worker().pass()
            #expect(try await here.receipts().count == 2)
            #expect(try await here.clone.run("git-automerge", ["verify"]).exitCode == 0)
        }
    }

    @Test func whatAnotherWorkerLandedMeanwhileGetsNoSecondReceipt() async throws {
        try await Queue.with { here in
            // Rebased onto its own base the candidate is the patch's commit, whoever builds it.
            try await here.patch("same", files: ["s.txt": "s\n"], options: .init(autoMerge: true, method: .rebase))
            let killed = try await here.clone.with(environment: ["GITPATCH_FAULT": "land.intent"])
                .run("git-automerge", ["run"])
            #expect(killed.exitCode == 137, "\(killed)")
            let other = try await here.other("other")
            #expect(try await other.worker().pass().landed.count == 1)
            let receipts = try await here.receipts()
            #expect(try await here.worker().pass().landed.isEmpty)
            #expect(try await here.receipts() == receipts && receipts.count == 1)
        }
    }

    @Test(arguments: [false, true]) func whatLandedInStepsIsNotToldAsWaiting(isRecordRefused: Bool) async throws {
        try await Queue.with { here in
            _ = try await here.remoteGit("config", "receive.advertiseAtomic", "false")
            let patch = try await here.patch("one", files: ["1.txt": "1\n"])
            if isRecordRefused { try here.hook("case $1 in refs/patches/*) exit 1;; esac") }
            let report = try await here.worker().pass()
            #expect(report.landed.flatMap(\.members).map(\.patch) == [patch.id])
            #expect(report.waiting.isEmpty, "\(report.waiting)")
        }
    }
}

import Automerge
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

@Suite struct RaceTests {
    @Test func aStopDuringValidationBeatsTheLanding() async throws {
        try await Queue.with { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            let base = try await here.onRemote("main")
            let other = try await here.other("other")
            let stop = EpochDocument.Stop(by: "Grace", reason: "fire drill", at: .now())
            let worker = try await here.worker(judging: { _ in
                _ = try await other.worker().setStop(stop, on: ["main"])
                return CandidateVerdict(outcome: .passed)
            })

            let report = try await worker.pass()

            #expect(report.landed.isEmpty)
            #expect(try await here.onRemote("main") == base)
            #expect(report.waiting.first?.reason.contains("fire drill") == true)
            #expect(try await here.document(patch).state == .armed)

            _ = try await other.worker().setStop(nil, on: ["main"])
            #expect(try await here.worker().pass().landed.count == 1)
        }
    }

    @Test func aTargetThatMovesDuringValidationIsTestedAgain() async throws {
        try await Queue.with { here in
            try await here.patch("greet", files: ["b.txt": "hello\n"])
            let other = try await here.other("other")
            var tests = 0
            let worker = try await here.worker(judging: { _ in
                tests += 1
                if tests == 1 {
                    try await other.clone.commit("theirs", files: ["c.txt": "c\n"])
                    try await other.clone.git("push", "-q", "origin", "main")
                }
                return CandidateVerdict(outcome: .passed)
            })

            let report = try await worker.pass()

            #expect(tests == 2)
            #expect(report.landed.count == 1)
            let subjects = try await here.remoteGit("log", "--format=%s", "main")
            #expect(subjects == "greet\ntheirs\nfirst")
        }
    }

    @Test func aHeadPushedDuringValidationDoesNotLandUntested() async throws {
        try await Queue.with { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            let other = try await here.other("other")
            var trees: [ObjectID] = []
            let worker = try await here.worker(judging: { candidate in
                trees.append(candidate.tree)
                if trees.count == 1 {
                    try await other.clone.git("switch", "-q", "patch/greet")
                    try await other.clone.commit("more", files: ["more.txt": "m\n"])
                    try await other.clone.git("push", "-q", "origin", "patch/greet")
                }
                return CandidateVerdict(outcome: .passed)
            })

            let report = try await worker.pass()

            #expect(report.landed.count == 1)
            #expect(trees.count == 2)
            #expect(try await here.onRemote("main^{tree}") == trees[1].hex)
            #expect(report.landed[0].members[0].head != patch.commit)
        }
    }

    @Test func aTargetResetDuringValidationNeverGetsTheRemovedCommitsBack() async throws {
        try await Queue.with { here in
            let first = try await here.onRemote("main")
            try await here.clone.commit("secret", files: ["secret.txt": "s\n"])
            try await here.clone.git("push", "-q", "origin", "main")
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            let worker = try await here.worker(judging: { _ in
                _ = try await here.remoteGit("update-ref", "refs/heads/main", first)
                return CandidateVerdict(outcome: .passed)
            })

            let report = try await worker.pass()

            #expect(report.landed.isEmpty)
            #expect(try await here.onRemote("main") == first)
            #expect(report.waiting.map(\.patch) == [patch.id])
            #expect(report.waiting[0].reason.contains("removed"))
        }
    }

    @Test(arguments: [true, false])
    func aWorkerThatLostTheRaceForTheLastPatchEndsWithoutAnError(byLanding: Bool) async throws {
        try await Queue.with { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            let other = try await here.other("other")
            let worker = try await here.worker(judging: { _ in
                // The target gets commits that this clone has never seen, and nothing waits any more.
                try await other.clone.commit("theirs", files: ["c.txt": "c\n"])
                try await other.clone.git("push", "-q", "origin", "main")
                if byLanding {
                    let theirs = try await other.worker().pass()
                    #expect(theirs.landed.count == 1)
                } else {
                    try await other.clone.git("push", "-q", "origin", ":patch/greet")
                }
                return CandidateVerdict(outcome: .passed)
            })

            let report = try await worker.pass()

            #expect(report.landed.isEmpty && report.failures.isEmpty && report.unreachable == nil)
            #expect(try await here.document(patch).state == (byLanding ? .landed : .closed))
        }
    }

    @Test func manyWorkersLandEachPatchOnce() async throws {
        try await Queue.with { here in
            var clones = [here, try await here.other("two"), try await here.other("three")]
            var ids: Set<RecordID> = []
            for (index, clone) in clones.enumerated() {
                for number in 0..<2 {
                    ids.insert(try await clone.patch("p\(index)\(number)", files: ["p\(index)\(number).txt": "x\n"]).id)
                }
            }
            clones.shuffle()
            let reports = try await withThrowingTaskGroup(of: PassReport.self) { group in
                for clone in clones { group.addTask { try await clone.worker().pass() } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let last = try await here.worker().pass()
            let landed = (reports + [last]).flatMap(\.landed).flatMap(\.members).map(\.patch)
            #expect(Set(landed) == ids)
            #expect(landed.count == ids.count, "a patch landed twice")
            let receipts = try await here.receipts()
            #expect(receipts.flatMap(\.members).count == ids.count)
            for (newer, older) in zip(receipts, receipts.dropFirst()) { #expect(newer.base == older.landed) }
        }
    }

    @Test func aDeletedBranchWithdrawsThePatchAndAnUnreadableFenceStops() async throws {
        try await Queue.with { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            let other = try await here.patch("other", files: ["o.txt": "o\n"])
            try await here.clone.git("push", "-q", "origin", ":patch/greet")
            let junk = try await here.clone.git("commit-tree", "-m", "junk", "HEAD^{tree}")
            try await here.clone.git("push", "-q", "origin", "\(junk):refs/automerge/main/epoch")

            let report = try await here.worker().pass()

            #expect(report.landed.isEmpty)
            #expect(try await here.document(patch).state == .closed)
            #expect(report.waiting.map(\.patch) == [other.id])
            #expect(report.waiting[0].reason.contains("cannot be read"))
        }
    }

    /// Runs a hook of the remote, which has no atomic pushes, for the first update of a reference only.
    private func withoutAtomicPushes(_ here: Queue, after name: String, _ script: String) async throws {
        _ = try await here.remoteGit("config", "receive.advertiseAtomic", "false")
        try here.clone.at(here.remotePath).write(
            "hooks/post-receive",
            """
            #!/bin/sh
            read -r old new name
            [ "$name" = \(name) ] && [ ! -e done ] || exit 0
            touch done
            \(script)

            """, executable: true)
    }

    @Test func inStepsAPatchThatIsTakenBackMeanwhileDoesNotLand() async throws {
        try await Queue.with { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            let base = try await here.onRemote("main")
            let record = "refs/patches/\(patch.id)"
            // What `disable` writes, at the worst moment: the fence has moved, the target has not.
            try await withoutAtomicPushes(
                here, after: "refs/automerge/main/epoch",
                """
                blob=$(git show \(record):patch.json | sed 's/"armed"/"queued"/' | git hash-object -w --stdin)
                tree=$(printf '100644 blob %s\\tpatch.json\\n' $blob | git mktree)
                export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x
                git update-ref \(record) $(git commit-tree -p \(record) -m disarm $tree)
                """)
            #expect(try await here.worker().pass().landed.isEmpty)
            #expect(try await here.onRemote("main") == base)
            #expect(try await here.document(patch).state == .queued)
        }
    }

    @Test func inStepsALostAnswerLosesNoReceipt() async throws {
        try await Queue.with { here in
            let patch = try await here.patch("greet", files: ["b.txt": "hello\n"])
            try await withoutAtomicPushes(here, after: "refs/heads/main", "kill -9 $PPID")
            let report = try await here.worker().pass()
            #expect(report.landed.count == 1, "\(report.waiting)")
            #expect(try await here.receipts().count == 1)
            #expect(try await here.document(patch).state == .landed)
            #expect(try await here.onRemote("refs/heads/\(patch.branch)") == "")
            #expect(try await here.clone.run("git-automerge", ["verify"]).succeeded)
        }
    }
}

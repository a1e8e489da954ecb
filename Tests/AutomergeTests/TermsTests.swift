import Automerge
import Foundation
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

/// What lands is what was asked for when it lands, and what is called landed is in the target.
@Suite struct TermsTests {
    /// Judges a tree red when it holds the file.
    private func red(with file: String, in queue: Queue) -> CandidateTester {
        { candidate in
            let found = try await queue.clone.tryGit(["cat-file", "-e", "\(candidate.commit):\(file)"]).succeeded
            return CandidateVerdict(outcome: found ? .failed(["unit"]) : .passed)
        }
    }

    @Test func whatAMateOfTheBatchBringsHasNotLandedWithIt() async throws {
        try await Queue.with { here in
            let both = try await here.patch("both", files: ["b.txt": "b\n", "bad.txt": "x\n"])
            let one = try await here.patch("one", files: ["b.txt": "b\n"])

            let report = try await here.worker(judging: red(with: "bad.txt", in: here)).pass()

            #expect(report.ejected.map(\.patch) == [both.id])
            #expect(report.landed.flatMap(\.members).map(\.patch) == [one.id])
            #expect(try await here.onRemote("main:b.txt") != "")
            #expect(try await here.document(one).state == .landed)
        }
    }

    @Test func twinsLandOnceAndBothAreDone() async throws {
        try await Queue.with { here in
            let first = try await here.patch("first", files: ["b.txt": "b\n"])
            let second = try await here.patch("second", files: ["b.txt": "b\n"])
            let report = try await here.worker().pass()
            #expect(report.landed.flatMap(\.members).map(\.patch) == [first.id])
            #expect(try await here.document(second).state == .landed)
            #expect(try await here.remoteGit("rev-list", "--count", "main") == "2")
        }
    }

    @Test func aCheckThatOnePatchAsksForKeepsNoOtherOneWaiting() async throws {
        try await Queue.with { here in
            let odd = try await here.patch("odd", files: ["b.txt": "b\n"])
            let good = try await here.patch("good", files: ["c.txt": "c\n"])
            _ = try await here.clone.run("git-automerge", ["enable", odd.id.text, "--require-check", "nope"])
            let run = try await here.clone.run("git-automerge", ["run", "--once"])
            #expect(run.exitCode == 0, "\(run)")
            #expect(try await here.document(good).state == .landed)
            let explained = try await here.clone.run("git-automerge", ["explain", odd.id.text])
            #expect(explained.output.contains("'nope', which 'main' does not define"), "\(explained)")
            // Named by a check that there is, it lands.
            _ = try await here.clone.run("git-automerge", ["enable", odd.id.text, "--require-check", "unit"])
            #expect(try await here.clone.run("git-automerge", ["run", "--once"]).succeeded)
            #expect(try await here.document(odd).state == .landed)
        }
    }

    @Test func aRemoteThatIsAwayIsNotSaidToHaveNoTarget() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n", ".gitpatch": Queue.policy])
            let remote = try await repository.addBareRemote()
            func away(_ isAway: Bool) async throws {
                try await repository.git("config", "remote.origin.url", remote + (isAway ? ".away" : ""))
            }
            try repository.write("a", "b\n")
            try await away(true)
            try await repository.mustPatch("P", "--auto-merge")
            for arguments in [["explain"], ["explain", "P"]] {
                let explained = try await repository.run("git-automerge", arguments)
                #expect(explained.exitCode == 1 && explained.errorOutput.contains("git patch resume"), "\(explained)")
                #expect(explained.errorOutput.contains("patch 'P' has not reached its remote yet"), "\(explained)")
            }
            try await away(false)
            try await repository.mustPatch("resume")
            try await away(true)
            let explained = try await repository.run("git-automerge", ["explain"])
            #expect(explained.output.contains("'main' exists"), "\(explained)")
        }
    }

    @Test(arguments: [["--require-check", "extra"], ["--method", "merge"]])
    func whatIsAskedForDuringTheTestCounts(options: [String]) async throws {
        let policy = Queue.policy + "[check \"extra\"]\n\trun = true\n"
        try await Queue.with(policy: policy) { here in
            let patch = try await here.patch("greet", files: ["b.txt": "b\n"])
            let other = try await here.other("other")
            var required: [[String]] = []
            let worker = try await here.worker(judging: { candidate in
                required.append(candidate.required)
                if required.count == 1 {
                    let enabled = try await other.clone.run("git-automerge", ["enable", patch.id.text] + options)
                    #expect(enabled.succeeded, "\(enabled)")
                }
                return CandidateVerdict(outcome: .passed)
            })

            let report = try await worker.pass()

            #expect(report.landed.count == 1)
            if options[0] == "--method" {
                #expect(report.landed.first?.members.first?.method == .merge)
            } else {
                #expect(required == [["unit"], ["unit", "extra"]])
            }
        }
    }

    @Test func aWorkerLoosensNoBrakeOfTheTeam() async throws {
        let policy = Queue.policy.replacing("requiredCheck = unit", with: "requiredCheck = unit\n\tapprovals = 1")
        try await Queue.with(policy: policy.replacing("approvals", with: "delay = 1h\n\tapprovals")) { here in
            try await here.clone.git("config", "automerge.approvals", "0")
            try await here.clone.git("config", "automerge.delay", "0")
            let patch = try await here.patch("greet", files: ["b.txt": "b\n"])
            #expect(try await here.worker().pass().landed.isEmpty)
            let explained = try await here.clone.run("git-automerge", ["explain", patch.id.text])
            #expect(
                explained.output.contains("0 of 1 approvals for this head") && explained.output.contains("are left"),
                "\(explained)")
        }
    }

    @Test func aMemberThatWasTakenOutOfACombinationStaysOpen() async throws {
        try await Queue.with { here in
            let one = try await here.patch(
                "one", files: ["1.txt": "1\n"], options: .init(autoMerge: true, approvals: 2))
            let two = try await here.patch("two", files: ["2.txt": "2\n"], options: .init())
            let made = try await here.clone.run("git-automerge", ["consolidate", "--auto-merge", "--json"])
            #expect(made.exitCode == 0, "\(made)")
            let branch = try await here.remoteGit(
                "for-each-ref", "--format=%(refname:short)", "refs/heads/patch/combined-*")
            let id =
                try await here.remoteGit("for-each-ref", "--format=%(refname)", "refs/patches")
                .split(separator: "\n").map { $0.dropFirst("refs/patches/".count) }
                .first { $0 != one.id.text && $0 != two.id.text } ?? ""
            let text = try await here.remoteGit("show", "refs/patches/\(id):patch.json")
            let document = try JSONText.decode(PatchDocument.self, from: text)
            #expect(document.approvals == 2, "it asks for less than its member")
            // Somebody drops the second member.
            let second = try #require(document.combines?.last)
            let dropped = second.patch == one.id ? one : two
            let kept = second.patch == one.id ? two : one
            try await here.clone.git("fetch", "-q", "origin")
            try await here.clone.git("push", "-q", "-f", "origin", "\(second.commit.hex)~1:refs/heads/\(branch)")
            #expect(try await here.clone.run("git-automerge", ["enable", String(id), "--approvals", "0"]).succeeded)
            let report = try await here.worker().pass()
            #expect(report.landed.count == 1, "\(report.waiting)")
            #expect(try await here.document(kept).state == .closed)
            #expect(try await here.document(dropped).state == .queued)
            #expect(try await here.onRemote("refs/heads/\(dropped.branch)") == dropped.commit.hex)
            _ = try await here.worker().pass()
            #expect(try await here.document(dropped).state == .queued, "the next pass closed it")
        }
    }

    @Test(arguments: [LandingMethod.squash, .merge, .rebase], [true, false])
    func aRevertedPatchLandsWholeOrNotAtAll(method: LandingMethod, withFix: Bool) async throws {
        try await Queue.with { here in
            let patch = try await here.patch(
                "greet", files: ["b.txt": "b\n"], commits: 2, options: .init(autoMerge: true, method: method))
            #expect(try await here.worker().pass().landed.count == 1)
            #expect(try await here.clone.run("git-automerge", ["rollback", patch.id.text]).succeeded)
            #expect(try await here.onRemote("main:b.txt") == "")
            #expect(try await here.document(patch).state == .ejected)
            if withFix {
                try await here.clone.git("fetch", "-q", "origin")
                try await here.clone.git("switch", "-q", "-C", "patch/greet", patch.commit.hex)
                try await here.clone.commit("fix", files: ["c.txt": "c\n"])
                try await here.clone.git("push", "-q", "origin", "patch/greet")
            }
            #expect(try await here.clone.run("git-automerge", ["enable", patch.id.text]).succeeded)
            let report = try await here.worker().pass()
            #expect(report.landed.count == 1, "\(report.waiting) \(report.ejected)")
            #expect(try await here.onRemote("main:b.txt") != "", "it is called landed and is not there")
            #expect(try await here.onRemote("main:greet-1.txt") != "")
            #expect((try await here.onRemote("main:c.txt") != "") == withFix)
            #expect(try await here.document(patch).state == .landed)
            #expect(try await here.clone.run("git-automerge", ["verify"]).succeeded)
        }
    }

    @Test func whatTheParentTookOutDoesNotComeBackWithTheChild() async throws {
        try await Queue.with { here in
            let parent = try await here.patch("parent", files: ["p.txt": "p\n", "secret.txt": "s\n"])
            let child = try await here.patch("child", files: ["c.txt": "c\n"], from: "patch/parent", on: parent.id)
            try await here.clone.git("switch", "-q", "patch/parent")
            try await here.clone.git("rm", "-q", "secret.txt")
            try await here.clone.git("commit", "-q", "-m", "no secret")
            try await here.clone.git("push", "-q", "origin", "patch/parent")
            for _ in 0..<2 { _ = try await here.worker().pass() }
            #expect(try await here.document(child).state == .landed)
            #expect(try await here.onRemote("main:c.txt") != "")
            #expect(try await here.onRemote("main:secret.txt") == "")
        }
    }

    @Test func removedCommitsStayRemovedAfterAnotherLanding() async throws {
        try await Queue.with { here in
            let first = try await here.onRemote("main")
            try await here.patch("secret", files: ["secret.txt": "s\n"])
            #expect(try await here.worker().pass().landed.count == 1)
            try await here.clone.git("pull", "-q", "origin", "main")
            let above = try await here.patch("above", files: ["b.txt": "b\n"])
            _ = try await here.remoteGit("update-ref", "refs/heads/main", first)
            try await here.clone.git("fetch", "-q", "origin", "+main:refs/heads/reset")
            try await here.patch("later", files: ["l.txt": "l\n"], from: "reset")
            _ = try await here.worker().pass()
            try await here.rewriteRecord(of: above) { $0.replacing(/"fork"/, with: "\"formerFork\"") }
            let report = try await here.worker().pass()
            #expect(try await here.onRemote("main:l.txt") != "")
            #expect(try await here.onRemote("main:secret.txt") == "")
            #expect(report.waiting.map(\.patch) == [above.id], "\(report.waiting)")
        }
    }
}

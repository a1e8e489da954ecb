import Automerge
import Foundation
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

@Suite struct ConsolidateTests {
    private func json(_ result: CommandResult) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(result.outputBytes)) as? [String: Any], "\(result)")
    }

    /// Combines all patches, changes the combination in the clone by a commit of its own, and lets it land.
    private func landCombination(of here: Queue, changed: () async throws -> Void) async throws {
        let made = try await here.clone.run("git-automerge", ["consolidate", "--auto-merge", "--json"])
        let patch = try #require(try json(made)["patch"] as? [String: Any], "\(made)")
        let branch = try #require(patch["branch"] as? String)
        try await here.clone.git("fetch", "-q", "origin")
        try await here.clone.git("switch", "-q", "-c", "combined", "origin/\(branch)")
        try await changed()
        try await here.clone.git("push", "-q", "origin", "HEAD:\(branch)")
        for _ in 0..<2 { _ = try await here.clone.run("git-automerge", ["run"]) }
    }

    private func ids(_ value: Any?) -> [String] { value as? [String] ?? [] }

    @Test func whatGoesTogetherBecomesOnePatchAndTheRestIsLeftWithItsReason() async throws {
        let policy = "[automerge]\n\trequiredCheck = unit\n[check \"unit\"]\n\trun = test ! -f bad.txt\n"
        try await Queue.with(policy: policy) { here in
            let open = QueueOptions()
            let one = try await here.patch("one", files: ["1.txt": "1\n"], options: open)
            let two = try await here.patch("two", files: ["2.txt": "2\n"], options: open)
            let bad = try await here.patch("bad", files: ["bad.txt": "x\n"], options: open)
            let clash = try await here.patch("clash", files: ["1.txt": "other\n"], options: open)
            let draft = try await here.patch("draft", files: ["d.txt": "d\n"], options: .init(draft: true))

            let before = try await here.remoteGit("for-each-ref")
            let red = try await here.clone.run("git-automerge", ["consolidate", "--json"])
            #expect(red.exitCode == 1, "\(red)")
            #expect(try await here.remoteGit("for-each-ref") == before, "something was pushed though it is red")
            let named = try #require(try json(red)["left"] as? [[String: Any]])
            #expect(try json(red)["outcome"] as? String == "failed")
            #expect(named.contains { $0["patch"] as? String == bad.id.text }, "\(red)")
            let result = try await here.clone.run("git-automerge", ["consolidate", "--without-red", "--json"])

            #expect(result.exitCode == 0, "\(result)")
            let document = try json(result)
            #expect(document["outcome"] as? String == "created")
            #expect(Set(ids(document["members"])) == [one.id.text, two.id.text])
            let left = try #require(document["left"] as? [[String: Any]])
            let reasons = Dictionary(uniqueKeysWithValues: left.map { ($0["patch"] as? String ?? "", $0) })
            #expect((reasons[bad.id.text]?["reason"] as? String)?.contains("'unit' failed with it") == true)
            #expect((reasons[clash.id.text]?["reason"] as? String)?.contains("conflicts with 'one'") == true)
            #expect(reasons[clash.id.text]?["paths"] as? [String] == ["1.txt"])
            #expect((reasons[draft.id.text]?["reason"] as? String)?.contains("draft") == true)
            let patch = try #require(document["patch"] as? [String: Any])
            #expect(patch["state"] as? String == "open", "it is armed though nobody asked for it")
            #expect(try await here.document(one).state == .queued, "an original was closed too early")

            let id = try #require(patch["id"] as? String)
            #expect(try await here.clone.run("git-automerge", ["enable", id]).exitCode == 0)
            let run = try json(try await here.clone.run("git-automerge", ["run", "--json"]))
            #expect((run["landed"] as? [Any])?.count == 1, "\(run)")
            #expect(try await here.onRemote("main:1.txt") != "")
            #expect(try await here.onRemote("main:2.txt") != "")
            for original in [one, two] {
                let closed = try await here.document(original)
                #expect(closed.state == .closed)
                #expect(closed.reason?.contains(String(id.prefix(8))) == true, "no pointer: \(closed.reason ?? "")")
                #expect(try await here.onRemote("refs/heads/\(original.branch)") == "")
                let messages = try await here.remoteGit("log", "--format=%B", "main")
                #expect(messages.contains("Patch: \(original.id)"))
            }
            #expect(try await here.clone.run("git-automerge", ["verify"]).exitCode == 0)
        }
    }

    @Test func aRedCombinationPushesNothing() async throws {
        let policy = "[automerge]\n\trequiredCheck = unit\n[check \"unit\"]\n\trun = test ! -f bad.txt\n"
        try await Queue.with(policy: policy) { here in
            try await here.patch("one", files: ["1.txt": "1\n"])
            try await here.patch("bad", files: ["bad.txt": "x\n"])
            let before = try await here.remoteGit("for-each-ref")
            let result = try await here.clone.run("git-automerge", ["consolidate", "--auto-merge", "--json"])
            #expect(result.exitCode == 1, "\(result)")
            #expect(try json(result)["outcome"] as? String == "failed")
            #expect(try await here.remoteGit("for-each-ref") == before)
        }
    }

    @Test(arguments: [
        ("related", ["a1", "a2"]), ("same-author", ["a1", "a2", "b"]), ("priority", ["b"]),
        ("size", ["b", "a1", "a2"]), ("all", ["a1", "a2", "b"]),
    ])
    func aStrategyChoosesWhatItsNameSays(strategy: String, expected: [String]) async throws {
        try await Queue.with { here in
            var names: [String: String] = [:]
            for (name, files) in [
                ("a1", ["a.txt": "0\n2\n3\n4\n5\n6\n7\n8\n9\n", "x.txt": "x\n"]),
                ("a2", ["a.txt": "1\n2\n3\n4\n5\n6\n7\n8\n10\n", "y.txt": "y\n"]), ("b", ["b.txt": "b\n"]),
            ] {
                let priority: PatchPriority = name == "b" ? .high : .normal
                let patch = try await here.patch(
                    name, files: files, options: .init(autoMerge: true, priority: priority))
                names[patch.id.text] = name
            }
            let result = try await here.clone.run(
                "git-automerge", ["consolidate", "--dry-run", "--strategy", strategy, "--json"])
            let members = ids(try json(result)["members"]).compactMap { names[$0] }
            // The highest priority is one patch here: one alone is nothing to combine.
            #expect(result.exitCode == (expected.count > 1 ? 0 : 1), "\(result)")
            #expect(strategy == "size" ? members == expected : Set(members) == Set(expected))
            #expect(try await here.remoteGit("for-each-ref", "refs/heads/patch/combined-*") == "")
        }
    }

    @Test func anOriginalWithANewHeadStaysOpen() async throws {
        try await Queue.with { here in
            let one = try await here.patch("one", files: ["1.txt": "1\n"])
            let two = try await here.patch("two", files: ["2.txt": "2\n"])
            _ = try await here.clone.run("git-automerge", ["disable", one.id.text])
            _ = try await here.clone.run("git-automerge", ["disable", two.id.text])
            let made = try await here.clone.run(
                "git-automerge", ["consolidate", "--auto-merge", "-m", "both", "--json"])
            #expect(made.exitCode == 0, "\(made)")
            try await here.clone.git("switch", "-q", "patch/one")
            try await here.clone.commit("more", files: ["more.txt": "m\n"])
            try await here.clone.git("push", "-q", "origin", "patch/one")
            _ = try await here.clone.run("git-automerge", ["run"])
            #expect(try await here.onRemote("main:2.txt") != "")
            #expect(try await here.document(two).state == .closed)
            #expect(try await here.document(one).state == .queued)
            #expect(try await here.onRemote("refs/heads/patch/one") != "")
        }
    }

    @Test func aMemberThatWasTakenOutOfTheCombinationStaysOpen() async throws {
        try await Queue.with { here in
            let one = try await here.patch("one", files: ["1.txt": "1\n"], options: .init())
            let two = try await here.patch("two", files: ["2.txt": "2\n"], options: .init())
            try await landCombination(of: here) {
                try await here.clone.git("rm", "-q", "1.txt")
                try await here.clone.commit("not that one")
            }
            #expect(try await here.onRemote("main:2.txt") != "")
            #expect(try await here.onRemote("main:1.txt") == "")
            #expect(try await here.document(two).state == .closed)
            #expect(try await here.document(one).state == .queued)
            #expect(try await here.onRemote("refs/heads/patch/one") == one.commit.hex)
        }
    }

    /// What a commit on top of a combination does, and whether the first member is still in it.
    struct FixUp: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var files: [String: String?]
        var isIn = true
    }

    @Test(arguments: [
        FixUp(testDescription: "a new file is changed", files: ["1.txt": "one\nand more\n"]),
        FixUp(testDescription: "a new file is renamed", files: ["1.txt": nil, "one.txt": "1\n2\n3\n"]),
        FixUp(testDescription: "a new file is renamed and changed", files: ["1.txt": nil, "one.txt": "1\n2\n3\n4\n"]),
        FixUp(testDescription: "a line is changed", files: ["a.txt": "better\n2\n3\n4\n5\n6\n7\n8\ntwo\n"]),
        FixUp(
            testDescription: "a line is taken back", files: ["a.txt": "1\n2\n3\n4\n5\n6\n7\n8\ntwo\n"], isIn: false),
        FixUp(testDescription: "a file is taken out", files: ["1.txt": nil], isIn: false),
    ])
    func whatAFixUpChangesFurtherIsNotTakenOut(_ fixUp: FixUp) async throws {
        try await Queue.with { here in
            let first = "one\n2\n3\n4\n5\n6\n7\n8\n9\n"
            let one = try await here.patch("one", files: ["1.txt": "1\n2\n3\n", "a.txt": first], options: .init())
            let second = ["a.txt": "1\n2\n3\n4\n5\n6\n7\n8\ntwo\n"]
            let two = try await here.patch("two", files: second, options: .init())
            try await landCombination(of: here) {
                for (file, content) in fixUp.files {
                    if let content { try here.clone.write(file, content) } else { try here.clone.remove(file) }
                }
                try await here.clone.commit("mend")
            }
            #expect(try await here.document(two).state == .closed)
            #expect(try await here.document(one).state == (fixUp.isIn ? .closed : .queued))
        }
    }

    @Test func aFileThatIsTakenOutIsNotTakenForOneThatLooksLikeIt() async throws {
        try await Queue.with { here in
            let one = try await here.patch("one", files: ["1.txt": "a\nb\nc\n1\n"], options: .init())
            let two = try await here.patch("two", files: ["2.txt": "a\nb\nc\n2\n"], options: .init())
            try await landCombination(of: here) {
                try await here.clone.git("rm", "-q", "1.txt")
                try await here.clone.commit("not that one")
            }
            #expect(try await here.document(two).state == .closed)
            #expect(try await here.document(one).state == .queued)
        }
    }

    @Test func twoCombinationsWithTheSameMemberLandAtOnce() async throws {
        // What is in the first one is red while `bad.txt` is in the target.
        let run = "test ! -f bad.txt || test ! -f 1.txt"
        let policy = "[automerge]\n\trequiredCheck = unit\n[check \"unit\"]\n\trun = \(run)\n"
        try await Queue.with(policy: policy) { here in
            func combined() async throws -> String {
                let made = try await here.clone.run("git-automerge", ["consolidate", "--json"])
                let patch = try #require(try json(made)["patch"] as? [String: Any], "\(made)")
                return try #require(patch["id"] as? String)
            }
            let one = try await here.patch("one", files: ["1.txt": "1\n"], options: .init())
            try await here.patch("two", files: ["2.txt": "2\n"], options: .init())
            let first = try await combined()
            try await here.clone.commit("bad", files: ["bad.txt": "x\n"])
            try await here.clone.git("push", "-q", "origin", "main")
            _ = try await here.clone.run("git-automerge", ["enable", first])
            let red = try await here.clone.run("git-automerge", ["run"])
            #expect(red.output.contains("ejected"), "\(red)")
            try await here.clone.git("rm", "-q", "bad.txt")
            try await here.clone.commit("good")
            try await here.clone.git("push", "-q", "origin", "main")
            try await here.patch("three", files: ["3.txt": "3\n"], options: .init())
            for id in [first, try await combined()] { _ = try await here.clone.run("git-automerge", ["enable", id]) }
            let landed = try await here.clone.run("git-automerge", ["run"])
            #expect(landed.exitCode == 0, "\(landed)")
            for file in ["1.txt", "2.txt", "3.txt"] { #expect(try await here.onRemote("main:" + file) != "") }
            #expect(try await here.document(one).state == .closed)
        }
    }

    /// How something of the target comes into a combination, with a file of a member taken out.
    static let waysIn = [
        ["merge -q --no-edit origin/main", "rm -q 1.txt", "commit -q -m out"],
        ["merge -q --squash origin/main", "commit -q -m squash", "rm -q 1.txt", "commit -q -m out"],
        ["merge -q --squash origin/main", "rm -q 1.txt", "commit -q -m both"],
        ["cherry-pick origin/main", "rm -q 1.txt", "commit -q -m out"],
        ["cherry-pick -n origin/main", "rm -q 1.txt", "commit -q -m both"],
        ["rm -q 1.txt", "commit -q -m out", "cherry-pick origin/main"],
    ]

    @Test(arguments: waysIn, [LandingMethod.merge, .squash])
    func aFileThatIsTakenOutIsNotTakenForOneThatTheTargetHasNow(_ way: [String], method: LandingMethod) async throws {
        try await Queue.with { here in
            let one = try await here.patch("one", files: ["1.txt": "a\nb\nc\n1\n"], options: .init())
            let two = try await here.patch("two", files: ["2.txt": "2\n"], options: .init())
            let made = try await here.clone.run("git-automerge", ["consolidate", "--json"])
            let patch = try #require(try json(made)["patch"] as? [String: Any], "\(made)")
            let branch = try #require(patch["branch"] as? String)
            try await here.clone.commit("meanwhile", files: ["3.txt": "a\nb\nc\n3\n"])
            try await here.clone.git("push", "-q", "origin", "HEAD:main")
            try await here.clone.git("fetch", "-q", "origin")
            try await here.clone.git("switch", "-q", "-c", "combined", "origin/\(branch)")
            for words in way { try await here.clone.git(words.split(separator: " ").map(String.init)) }
            try await here.clone.git("push", "-q", "origin", "HEAD:\(branch)")
            let id = try #require(patch["id"] as? String)
            _ = try await here.clone.run("git-automerge", ["enable", id, "--method", method.rawValue])
            for _ in 0..<2 { _ = try await here.clone.run("git-automerge", ["run"]) }
            #expect(try await here.onRemote("main:1.txt") == "")
            #expect(try await here.onRemote("main:2.txt") != "")
            #expect(try await here.document(two).state == .closed)
            #expect(try await here.document(one).state == .queued)
        }
    }

    #if os(Linux)
        /// macOS has no file names that are not UTF-8.
        @Test(arguments: ["printf 'more\\n' >> \"$name\"", "rm \"$name\""], [false, true])
        func aFileWhoseNameIsNoTextIsLookedAtToo(fixUp: String, byGit: Bool) async throws {
            try await Queue.with { here in
                // A partial clone is read by git, and not by the library.
                if byGit { try await here.clone.git("config", "remote.origin.promisor", "true") }
                func odd(_ command: String) async throws {
                    let line = "name=$(printf 'caf\\351.txt'); cd '\(here.clone.path)' && \(command)"
                    #expect(try await here.clone.run("sh", ["-c", line]).exitCode == 0)
                }
                try await odd("printf 'odd\\n' > \"$name\"")
                let one = try await here.patch("one", files: ["1.txt": "1\n"], options: .init())
                let two = try await here.patch("two", files: ["2.txt": "2\n"], options: .init())
                try await landCombination(of: here) {
                    try await odd(fixUp + "; git add -A; git commit -q -m mend")
                }
                #expect(try await here.document(two).state == .closed)
                #expect(try await here.document(one).state == (fixUp.hasPrefix("rm") ? .queued : .closed))
            }
        }
    #endif

    @Test func theCombinedBranchIsNamedAsTheTargetSays() async throws {
        try await Queue.with(policy: Queue.policy + "[patch]\n\tbranchPrefix = topic/\n") { here in
            try await here.patch("one", files: ["1.txt": "1\n"])
            try await here.patch("two", files: ["2.txt": "2\n"])
            let made = try await here.clone.run("git-automerge", ["consolidate"])
            #expect(made.exitCode == 0, "\(made)")
            #expect(try await here.remoteGit("for-each-ref", "refs/heads/topic/combined-*") != "")
            #expect(try await here.remoteGit("for-each-ref", "refs/heads/patch/combined-*") == "")
        }
    }

    @Test func whatIsInAnOpenCombinationIsNotCombinedAgain() async throws {
        try await Queue.with { here in
            let one = try await here.patch("one", files: ["1.txt": "1\n"], options: .init())
            try await here.patch("two", files: ["2.txt": "2\n"], options: .init())
            let made = try json(try await here.clone.run("git-automerge", ["consolidate", "--json"]))
            let patch = try #require(made["patch"] as? [String: Any])
            let id = try #require(patch["id"] as? String)
            let three = try await here.patch("three", files: ["3.txt": "3\n"], options: .init())
            let before = try await here.remoteGit("for-each-ref")
            let again = try await here.clone.run("git-automerge", ["consolidate", "--json"])
            #expect(again.exitCode == 1, "\(again)")
            #expect(try await here.remoteGit("for-each-ref") == before)
            let left = try #require(try json(again)["left"] as? [[String: Any]])
            let reasons = Dictionary(
                uniqueKeysWithValues: left.map { ($0["patch"] as? String ?? "", $0["reason"] as? String ?? "") })
            #expect(reasons[one.id.text]?.contains(String(id.prefix(8))) == true, "\(again)")
            #expect(reasons[id]?.contains("combines others") == true, "\(again)")
            // Once the first one is given up, its members are free.
            try await here.clone.git("push", "-q", "origin", ":" + (try #require(patch["branch"] as? String)))
            let third = try json(try await here.clone.run("git-automerge", ["consolidate", "--json"]))
            #expect(Set(ids(third["members"])).contains(three.id.text) && ids(third["members"]).count == 3, "\(third)")
        }
    }
}

@Suite struct PlanTests {
    @Test func thePlanNamesTheBatchItsCostAndItsTime() async throws {
        try await Queue.with { here in
            for number in 0..<10 { try await here.patch("p\(number)", files: ["\(number).txt": "x\n"]) }
            let before = try await here.clone.run("git-automerge", ["plan", "--json"])
            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(before.outputBytes)) as? [String: Any], "\(before)")
            let target = try #require((document["targets"] as? [[String: Any]])?.first)
            #expect((target["batch"] as? [Any])?.count == 8)
            #expect((target["later"] as? [Any])?.count == 2)
            let builds = try #require(target["expectedBuilds"] as? Double)
            #expect(builds > 1 && builds < 4, "\(builds)")
            #expect(target["eta"] == nil, "a time is made up for checks that never ran")
            _ = try await here.clone.run("git-automerge", ["run"])
            try await here.patch("last", files: ["last.txt": "x\n"])
            let after = try await here.clone.run("git-automerge", ["plan"])
            #expect(after.output.contains("next 1 of 1"), "\(after)")
            #expect(after.output.contains("about "), "\(after)")
        }
    }

    @Test(arguments: [(0, 0, 8), (100, 0, 8), (80, 20, 4), (40, 60, 1), (60, 40, 2)])
    func theBatchFollowsTheFailures(green: Int, red: Int, size: Int) {
        #expect(FailureRate(green: green, red: red).batch(atMost: 8) == size)
    }

    @Test func theExpectedBuildsAreThoseOfTheTable() {
        // merge-queues 4.4: p = 5 %, b = 8 costs 0.34 builds per change with inference; a confirming run adds to it.
        let rate = FailureRate(green: 19 * 19, red: 19)
        #expect(abs(rate.mean - 0.05) < 0.001)
        let perChange = rate.builds(of: 8) / 8
        #expect(perChange > 0.34 && perChange < 0.41, "\(perChange)")
    }

    @Test func theTargetsOwnFileSaysHowManyAreTestedTogether() async throws {
        let policy = "[automerge]\n\tbatch = 2\n\trequiredCheck = unit\n[check \"unit\"]\n\trun = true\n"
        try await Queue.with(policy: policy) { here in
            for number in 0..<5 { try await here.patch("p\(number)", files: ["\(number).txt": "x\n"]) }
            let plan = try await here.clone.run("git-automerge", ["plan"])
            #expect(plan.output.contains("next 2 of 5"), "\(plan)")
            let report = try await here.worker().pass()
            #expect(report.landed.map(\.members.count) == [2, 2, 1])
        }
    }
}

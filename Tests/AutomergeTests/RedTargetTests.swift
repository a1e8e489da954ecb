import Automerge
import Foundation
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

/// Somebody pushed past the queue and left the target red: nobody in the queue is to blame for that.
@Suite struct RedTargetTests {
    private static let policy = """
        [automerge]
            requiredCheck = unit
        [check "unit"]
            run = "! grep -qs BAD state.txt"

        """

    private func run(_ queue: Queue) async throws -> [String: Any] {
        let result = try await queue.clone.run("git-automerge", ["run", "--once", "--json"])
        #expect(result.exitCode == 0, "\(result)")
        return try #require(try JSONSerialization.jsonObject(with: Data(result.outputBytes)) as? [String: Any])
    }

    private func pushPastTheQueue(_ queue: Queue, _ files: [String: String]) async throws {
        let other = try await queue.other("somebody-\(Int.random(in: 0..<1_000_000))").clone
        try await other.commit("past the queue", files: files)
        try await other.git("push", "-q", "origin", "HEAD:main")
    }

    @Test func theInnocentWaitAndWhatMendsTheTargetLands() async throws {
        try await Queue.with(policy: RedTargetTests.policy) { here in
            let innocent = try await here.patch("innocent", files: ["i.txt": "i\n"])
            try await pushPastTheQueue(here, ["state.txt": "BAD\n"])
            let before = Timestamp.now()
            let first = try await run(here)
            #expect((first["ejected"] as? [Any])?.isEmpty == true && (first["landed"] as? [Any])?.isEmpty == true)
            let reasons = (first["waiting"] as? [[String: Any]] ?? []).compactMap { $0["reason"] as? String }
            #expect(reasons.contains { $0.contains("itself is red") }, "\(first)")
            #expect(try await here.document(innocent).state == .armed)
            let explained = try await here.clone.run("git-automerge", ["explain", innocent.id.text])
            #expect(explained.output.contains("'main' itself is red"), "\(explained)")
            // A second look within the pause tests nothing again: this worker would find everything green.
            let second = try await here.worker(clock: { before }).pass()
            #expect(second.landed.isEmpty && second.waiting.map(\.patch) == [innocent.id], "\(second)")
            try await here.clone.git("fetch", "-q", "origin")
            let mend = try await here.patch("mend", files: ["state.txt": "GOOD\n"], from: "origin/main")
            var landed: [[String: Any]] = []
            for _ in 0..<2 { landed += (try await run(here))["landed"] as? [[String: Any]] ?? [] }
            let members = landed.flatMap { $0["members"] as? [[String: Any]] ?? [] }.compactMap {
                $0["patch"] as? String
            }
            #expect(Set(members) == [innocent.id.text, mend.id.text])
        }
    }

    @Test func whoIsRedOnAGreenTargetIsStillEjected() async throws {
        try await Queue.with(policy: RedTargetTests.policy) { here in
            let bad = try await here.patch("bad", files: ["state.txt": "BAD\n"])
            // Nobody has tested what is pushed past the queue; it is green all the same.
            try await pushPastTheQueue(here, ["fine": "f\n"])
            let ran = try await run(here)
            #expect((ran["ejected"] as? [Any])?.count == 1, "\(ran)")
            #expect(try await here.document(bad).state == .ejected)
        }
    }

    @Test func aTestOfTheTargetItselfIsCalledSo() async throws {
        try await Queue.with(policy: RedTargetTests.policy) { here in
            try await here.patch("innocent", files: ["i.txt": "i\n"])
            try await pushPastTheQueue(here, ["state.txt": "BAD\n"])
            let tip = try await here.onRemote("main")
            let ran = try await here.clone.run("git-automerge", ["run", "--once"])
            #expect(ran.errorOutput.contains("testing 'main' itself, \(tip.prefix(7))"), "\(ran)")
            #expect(ran.errorOutput.components(separatedBy: "testing the merged result").count == 2, "\(ran)")
        }
    }

    @Test func eachGateHasItsOwnName() async throws {
        try await Queue.with(policy: RedTargetTests.policy) { here in
            let innocent = try await here.patch("innocent", files: ["i.txt": "i\n"])
            try await pushPastTheQueue(here, ["state.txt": "BAD\n"])
            _ = try await run(here)
            let explained = try await here.clone.run("git-automerge", ["explain", innocent.id.text, "--json"])
            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(explained.outputBytes)) as? [String: Any])
            let gates = try #require(document["gates"] as? [[String: Any]])
            let names = gates.compactMap { $0["name"] as? String }
            #expect(Set(names).count == names.count, "\(names)")
            let target = gates.first { $0["name"] as? String == "target" }
            #expect(target?["state"] as? String == "waiting", "\(gates)")
        }
    }
}

import FakeForges
import Foundation
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

/// What is wrong with one patch holds up no other.
struct OneOfManyTests {
    /// Two patches side by side; both have their check.
    private static func two(_ kind: Kind, _ body: (Rig) async throws -> Void) async throws {
        try await Rig.with(kind) { rig in
            try await rig.armed()
            try await rig.clone.git("switch", "-q", "main")
            try await rig.armed("Another", file: "c.txt")
            rig.report()
            rig.report(at: try await rig.head("patch/another"))
            try await body(rig)
        }
    }

    @Test(arguments: Kind.allCases, ["open", "merged"])
    func onePullRequestThatCannotBeReadHoldsUpNoOther(kind: Kind, state: String) async throws {
        try await OneOfManyTests.two(kind) { rig in
            if state == "merged" {
                rig.forge.with { _ = $0.merge(1, method: "squash", title: "By hand", message: "") }
            }
            rig.forge.with { $0.unreadable = [1] }
            let before = rig.merges
            let ran = try await rig.clone.run("git-automerge", ["run", "--once"])
            #expect(rig.merges == before + 1, "\(ran)")
            #expect(rig.pulls.last?.state == "merged")
            #expect(ran.output.contains("waiting 'Fix the greeting'"), "\(ran)")
            rig.forge.with { $0.unreadable = [] }
            try await rig.runUntil { rig.merges == 2 }
            try await rig.run()
            #expect(rig.merges == 2)
            let listed = try await rig.patch("list", "--all").output
            #expect(listed.components(separatedBy: "landed").count == 3, "\(listed)")
        }
    }

    @Test(arguments: Kind.allCases)
    func aRecordThatCannotBeReadHoldsUpNoOtherPatch(kind: Kind) async throws {
        try await OneOfManyTests.two(kind) { rig in
            do {
                let store = try Store.open(directory: rig.clone.path + "/.git/gitpatch")
                let patch = try #require(try store.patches().last)
                try store.setFact("forge.patch.\(patch.id)", to: "{")
            }
            let ran = try await rig.clone.run("git-automerge", ["run", "--once"])
            #expect(rig.merges == 1, "\(ran)")
            #expect(rig.pulls.last?.state == "merged")
            #expect(ran.output.contains("cannot be read"), "\(ran)")
            let stopped = try await rig.clone.run("git-automerge", ["stop", "--reason", "fire"])
            #expect(stopped.exitCode == 0, "\(stopped)")
            #expect(stopped.errorOutput.contains("cannot be read"), "\(stopped)")
        }
    }

    @Test(arguments: Kind.allCases)
    func aRecordThatCannotBeReadBreaksNoLook(kind: Kind) async throws {
        try await OneOfManyTests.two(kind) { rig in
            do {
                let store = try Store.open(directory: rig.clone.path + "/.git/gitpatch")
                let patch = try #require(try store.patches().last)
                try store.setFact("forge.patch.\(patch.id)", to: "{")
            }
            let status = try await rig.patch("status")
            #expect(status.output.contains("Another"), "\(status)")
            #expect(status.output.contains("cannot be read"), "\(status)")
            try await rig.automerge("verify")
            let queue = try await rig.automerge("status")
            #expect(queue.output.contains("Another"), "\(queue)")
            #expect(queue.output.contains("cannot be read"), "\(queue)")
            // Nor is a patch on top of it kept from being opened.
            try await rig.clone.git("switch", "-q", "patch/fix-the-greeting")
            try rig.clone.write("d.txt", "1\n")
            let stacked = try await rig.clone.run("git-patch", ["On top"])
            #expect(stacked.exitCode == 0, "\(stacked)")
            #expect(rig.pulls.last?.title == "On top", "\(stacked)")
        }
    }

    // A token with few requests left: each pass gets one patch further.
    @Test(arguments: [Kind.gitlab, .gitea])
    func aLimitInTheMiddleOfAPassKeepsNoPatchBackForEver(kind: Kind) async throws {
        try await OneOfManyTests.two(kind) { rig in
            try await rig.clone.git("switch", "-q", "main")
            try await rig.armed("Third", file: "d.txt")
            rig.report(at: try await rig.head("patch/third"))
            // The first waits for its check.
            rig.report("unit", "pending")
            rig.forge.fail("Poll", .limit429, skip: 1)
            let first = try await rig.clone.run("git-automerge", ["run", "--once"])
            #expect(!rig.forge.hasUnusedFaults)
            #expect(first.output.contains("waiting 'Another'"), "\(first)")
            #expect(rig.merges == 0)
            try await Task.sleep(for: .milliseconds(1100))
            rig.forge.fail("Poll", .limit429, skip: 2)
            let second = try await rig.clone.run("git-automerge", ["run", "--once"])
            #expect(!rig.forge.hasUnusedFaults)
            #expect(rig.merges == 1, "\(second) \(rig.forge.operations)")
            #expect(rig.pulls[1].state == "merged", "\(second)")
            try await Task.sleep(for: .milliseconds(1100))
            let third = try await rig.clone.run("git-automerge", ["run", "--once"])
            #expect(rig.pulls[2].state == "merged", "\(third)")
            #expect(third.output.contains("waiting 'Fix the greeting'"), "\(third)")
        }
    }

    @Test(arguments: Kind.allCases)
    func aMergeThatAlwaysMeetsALimitHoldsUpNoOther(kind: Kind) async throws {
        try await OneOfManyTests.two(kind) { rig in
            let merge = kind == .github ? "MergeAsync" : "Merge"
            for before in 0...1 {
                rig.forge.fail(merge, .limit429, skip: before)
                let ran = try await rig.clone.run("git-automerge", ["run", "--once"])
                #expect(!rig.forge.hasUnusedFaults, "\(ran)")
                #expect(ran.output.contains("waiting 'Fix the greeting'"), "\(ran)")
                try await Task.sleep(for: .milliseconds(1100))
            }
            #expect(rig.pulls.map(\.state) == ["open", "merged"], "\(rig.forge.operations)")
        }
    }

    @Test(arguments: Kind.allCases)
    func aRequestThatWaitsHoldsUpNoOtherPatch(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            let poor = rig.clone.with(environment: ["GITPATCH_TOKEN": ""])
            for (title, file) in [("Fix the greeting", "b.txt"), ("Another", "c.txt")] {
                try await rig.clone.git("switch", "-q", "main")
                try rig.clone.write(file, "1\n")
                _ = try await poor.run("git-patch", [title])
            }
            #expect(rig.pulls.isEmpty)
            rig.forge.fail("Open", .error500Before)
            let delivered = try await rig.clone.run("git-automerge", ["deliver"])
            #expect(rig.pulls.map(\.title) == ["Another"], "\(delivered)")
        }
    }

    @Test(arguments: ["open", "arm"])
    func aRequestThatCannotBeReadHoldsUpNoOtherPatch(request: String) async throws {
        try await Rig.with(.gitea) { rig in
            let poor = rig.clone.with(environment: ["GITPATCH_TOKEN": ""])
            for (title, file) in [("Fix the greeting", "b.txt"), ("Another", "c.txt")] {
                try await rig.clone.git("switch", "-q", "main")
                try rig.clone.write(file, "1\n")
                _ = try await poor.run("git-patch", [title, "--auto-merge"])
            }
            do {
                let store = try Store.open(directory: rig.clone.path + "/.git/gitpatch")
                var damaged = try #require(try store.openRequests().first { $0.kind.rawValue == request })
                damaged.payload = "{"
                try store.update(damaged)
            }
            let delivered = try await rig.clone.run("git-automerge", ["deliver"])
            #expect(rig.pulls.last?.title == "Another", "\(delivered)")
            #expect(rig.pulls.last?.comments.count == 1, "\(delivered)")
            #expect(delivered.output.contains("cannot read request"), "\(delivered)")
            #expect(delivered.exitCode == 1, "\(delivered)")
        }
    }

    // What waits for a person must not keep back what takes a merge back.
    @Test(arguments: Kind.allCases)
    func aRequestThatWaitsForAPersonKeepsNoDisarmingBack(kind: Kind) async throws {
        try await ArmedTrapTests.kept(kind) { rig in
            do {
                let store = try Store.open(directory: rig.clone.path + "/.git/gitpatch")
                let patch = try #require(try store.patches().first)
                var request = RequestRecord(
                    id: .make(), operation: .make(), patch: patch.id, kind: .comment, remote: "origin",
                    idempotencyKey: "comment:waits", payload: #"{"reason": "x", "at": "2026-01-01T00:00:00Z"}"#,
                    created: .now())
                request.notBefore = Delivery.whenResumed
                request.reason = "the token may not comment"
                try store.enqueue(request)
            }
            rig.forge.fail("Poll", .dropBefore)
            let stopped = try await rig.clone.run("git-automerge", ["stop", "--reason", "fire"])
            #expect(rig.pull?.armed != nil, "\(stopped)")
            for _ in 0..<12 where rig.pull?.armed != nil {
                _ = try await rig.clone.run("git-automerge", ["deliver", "--due"])
                if rig.pull?.armed != nil { try await Task.sleep(for: .milliseconds(400)) }
            }
            #expect(rig.pull?.armed == nil)
        }
    }
}

import FakeForges
import Foundation
import SuiteTestSupport
import Testing

/// A combination lands for its members: whoever keeps one of them keeps all, and nobody is in two.
struct ConsolidateMemberTests {
    enum Objection: CaseIterable {
        case closedOnThePage, takenBack, draft, veto, merged
    }

    @Test(arguments: Kind.allCases, Objection.allCases)
    func aMemberThatMustNotLandKeepsTheCombination(kind: Kind, objection: Objection) async throws {
        // What a GitLab says of reviews is an approval or nothing.
        if kind == .gitlab && objection == .veto { return }
        try await ConsolidateTests.with(kind) { rig in
            try await rig.automerge("consolidate", "--auto-merge")
            rig.pass(rig.pulls[2].number)
            let words: String
            switch objection {
            case .closedOnThePage:
                rig.change { $0.state = "closed" }
                words = "'one' was closed"
            case .takenBack:
                try await rig.patch("undo")
                words = "'two' was closed"
            case .draft:
                rig.change { $0.isDraft = true }
                words = "'one' is a draft"
            case .veto:
                let head = try await rig.head("patch/one")
                rig.change { pull in
                    pull.reviews.append(.init(by: "bob", state: "CHANGES_REQUESTED", commit: head, mayPush: true))
                }
                words = "'one' waits: bob asks for changes"
            case .merged:
                rig.change { $0.state = "merged" }
                words = "'one' has landed already"
            }
            for _ in 0..<2 {
                let ran = try await rig.clone.run("git-automerge", ["run", "--once"])
                #expect(ran.output.contains("waiting 'Combine one; two': its member \(words)"), "\(ran)")
            }
            #expect(rig.pulls[2].state == "open" && rig.merges == 0, "\(rig.forge.operations)")
        }
    }

    @Test(arguments: [Kind.github, .gitea])
    func aMemberThatIsRejectedIsLeftOut(kind: Kind) async throws {
        try await ConsolidateTests.with(kind, ["one", "two", "three"]) { rig in
            let head = try await rig.head("patch/one")
            rig.change { $0.reviews.append(.init(by: "bob", state: "CHANGES_REQUESTED", commit: head, mayPush: true)) }
            let made = try await rig.automerge("consolidate")
            #expect(made.output.contains("one    bob asks for changes"), "\(made)")
            #expect(rig.pulls.last?.title == "Combine two; three")
        }
    }

    @Test(arguments: [Kind.github, .gitlab])
    func aMemberThatTheForgeMergesByItselfIsLeftOut(kind: Kind) async throws {
        try await ConsolidateTests.with(kind, ["one", "two", "three"]) { rig in
            rig.forge.with { $0.requiredChecks = [("unit", nil)] }
            rig.report("unit", "pending")
            rig.change { $0.armed = "merge" }
            let made = try await rig.automerge("consolidate")
            #expect(made.output.contains("the forge merges it by itself: type"), "\(made)")
            #expect(rig.pulls.last?.title == "Combine two; three")
        }
    }

    @Test(arguments: Kind.allCases)
    func twoAtOnceCombineOnce(kind: Kind) async throws {
        let slow = ConsolidateTests.policy.replacingOccurrences(of: "run = ", with: "run = sleep 2 && ")
        try await ConsolidateTests.with(kind, policy: slow) { rig in
            async let first = rig.clone.run("git-automerge", ["consolidate", "--auto-merge"])
            async let second = rig.clone.run("git-automerge", ["consolidate", "--auto-merge"])
            let both = try await [first, second]
            #expect(both.map(\.exitCode).sorted() == [0, 1], "\(both)")
            let late = try #require(both.first { $0.exitCode == 1 })
            let words = late.output + late.errorOutput
            #expect(words.contains("in 'Combine one; two'") && words.contains("already"), "\(late)")
            #expect(rig.pulls.count == 3)
        }
    }

    enum Event: CaseIterable {
        case stop, closing, push
    }

    @Test(arguments: Kind.allCases, Event.allCases)
    func whatHappensDuringTheTestsIsSeen(kind: Kind, event: Event) async throws {
        try await Rig.with(kind) { rig in
            let place = rig.clone.scratch.path
            let check = "touch \(place)/begun; until test -f \(place)/go; do sleep 0.05; done"
            let policy = "[automerge]\n\trequiredCheck = unit\n[check \"unit\"]\n\trun = \"\(check)\"\n"
            try await rig.clone.commit("Ask for a check", files: [".gitpatch": policy])
            try await rig.clone.git("push", "-q", "origin", "main")
            for name in ["one", "two"] { try await rig.open(name) }
            async let combining = rig.clone.run("git-automerge", ["consolidate"])
            while !FileManager.default.fileExists(atPath: place + "/begun") {
                try await Task.sleep(for: .milliseconds(50))
            }
            let words: String
            switch event {
            case .stop:
                _ = try await rig.colleague().run("git-automerge", ["stop", "--reason", "fire"])
                words = "fire"
            case .closing:
                rig.change { $0.state = "closed" }
                words = "'one' changed meanwhile: its pull request is closed"
            case .push:
                try await rig.pushByOthers(to: "patch/one")
                words = "'one' changed meanwhile: its head is"
            }
            #expect(FileManager.default.createFile(atPath: place + "/go", contents: nil))
            let result = try await combining
            #expect(result.exitCode == 1 && result.errorOutput.contains(words), "\(result)")
            #expect(rig.pulls.count == 2)
        }
    }
}

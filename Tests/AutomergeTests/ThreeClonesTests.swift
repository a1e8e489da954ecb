import Foundation
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

/// Three real clones whose workers are killed at random, and somebody who pushes, resets and deletes meanwhile.
@Suite struct ThreeClonesTests {
    /// One seed, or as many as `GITPATCH_CLONE_SEEDS` says.
    static let seeds: [UInt64] = {
        let wish = ProcessInfo.processInfo.environment["GITPATCH_CLONE_SEEDS"].flatMap { UInt64($0) } ?? 1
        return (7..<(7 + max(wish, 1))).map { $0 }
    }()

    @Test(arguments: seeds) func killedAtRandomTheyLandEverythingOnce(seed: UInt64) async throws {
        try await Queue.with { here in
            let clones = [here, try await here.other("two"), try await here.other("three")]
            var ids: Set<RecordID> = []
            for (index, clone) in clones.enumerated() {
                ids.insert(try await clone.patch("p\(index)", files: ["p\(index).txt": "x\n"]).id)
            }
            var generator = SeededGenerator(seed: seed)
            var adversary = Adversary(clone: try await here.other("adversary"))
            for _ in 0..<4 {
                try await runKilled(clones, &generator)
                try await adversary.push()
            }
            try await settle(here)
            let members = try await here.receipts().flatMap(\.members).map(\.patch)
            #expect(Set(members) == ids)
            #expect(members.count == ids.count, "a patch landed twice")
            for index in 0..<3 { #expect(try await here.onRemote("main:p\(index).txt") != "") }
            #expect(try await here.onRemote("main:aside.txt") != "")
            try await expectInvariants(here, adversary)
        }
    }

    @Test(arguments: seeds) func noAdversaryBreaksAnInvariant(seed: UInt64) async throws {
        try await Queue.with { here in
            let clones = [here, try await here.other("two"), try await here.other("three")]
            var adversary = Adversary(clone: try await here.other("adversary"))
            var generator = SeededGenerator(seed: seed)
            var open: [PatchRecord] = []
            for round in 0..<4 {
                for (index, clone) in clones.enumerated() {
                    try await clone.clone.git("fetch", "-q", "origin")
                    let start = Bool.random(using: &generator) ? "origin/main" : "main"
                    open.append(
                        try await clone.patch(
                            "p\(round)-\(index)", files: ["p\(round)-\(index).txt": "x\n"], from: start))
                }
                // Both at the same time.
                let faults = faults(for: clones, &generator)
                let (deed, victim) = (Int.random(in: 0...3, using: &generator), open.randomElement(using: &generator))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (clone, fault) in zip(clones, faults) {
                        group.addTask { try await clone.run(killedAt: fault) }
                    }
                    switch (deed, victim) {
                    case (0, _): try await adversary.push()
                    case (1, _): try await adversary.reset()
                    case (2, let victim?): try await adversary.pushHead(victim.branch)
                    case (_, let victim?): try await adversary.delete(victim.branch)
                    default: break
                    }
                    try await group.waitForAll()
                }
            }
            try await settle(here)
            try await expectInvariants(here, adversary)
            for patch in open {
                let document = try await here.document(patch)
                // Nothing is lost: what has not landed says why.
                if document.state == .armed {
                    let explained = try await here.clone.run("git-automerge", ["explain", patch.id.text])
                    #expect(explained.output.contains("removed from 'main'"), "\(explained)")
                } else {
                    #expect(document.state == .landed || document.reason != nil, "\(document)")
                }
            }
        }
    }

    private func faults(for clones: [Queue], _ generator: inout SeededGenerator) -> [Int] {
        clones.map { _ in Int.random(in: 1...9, using: &generator) }
    }

    private func runKilled(_ clones: [Queue], _ generator: inout SeededGenerator) async throws {
        let faults = faults(for: clones, &generator)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (clone, fault) in zip(clones, faults) { group.addTask { try await clone.run(killedAt: fault) } }
            try await group.waitForAll()
        }
    }

    private func settle(_ here: Queue) async throws {
        for _ in 0..<2 {
            let run = try await here.clone.run("git-automerge", ["run"])
            #expect(run.exitCode == 0, "\(run)")
        }
    }

    /// What must hold of the remote whatever happened.
    private func expectInvariants(_ here: Queue, _ adversary: Adversary) async throws {
        #expect(try await here.remoteGit("fsck", "--strict", "--no-dangling").isEmpty)
        var landings: [RecordID: Int] = [:]
        for receipt in try await here.receipts() {
            // I1, I2: what landed was built on the base that the receipt names, and is the tree that was tested.
            let parents = try await here.remoteGit("rev-list", "--first-parent", receipt.landed.hex)
            #expect(parents.contains(receipt.base.hex))
            #expect(try await here.onRemote("\(receipt.landed)^{tree}") == receipt.tree.hex)
            #expect(receipt.verdicts.allSatisfy { $0.tree == receipt.tree } && !receipt.verdicts.isEmpty)
            for member in receipt.members {
                landings[member.patch, default: 0] += 1
                // I3: the head that landed is one that the record had, with the state that followed it.
                let chain = try await here.remoteGit("log", "-p", "--format=", "refs/patches/\(member.patch)")
                #expect(chain.contains(member.head.hex))
            }
        }
        // I4: each landing is in exactly one receipt, and in the chain of the record as often.
        for name in try await here.remoteGit("for-each-ref", "--format=%(refname)", "refs/patches").split(
            separator: "\n")
        {
            let states = try await here.remoteGit("log", "--format=%B", String(name))
            let told = states.components(separatedBy: "Landed on 'main' as").count - 1
            let id = try #require(RecordID(name.dropFirst("refs/patches/".count)))
            #expect(told == landings[id, default: 0], "\(states)")
            #expect(told <= 1, "it landed twice")
        }
        // What a reset removed stays removed.
        let history = try await here.remoteGit("rev-list", "main")
        for commit in adversary.removed { #expect(!history.contains(commit.hex), "a removed commit is back") }
        let audit = try await here.clone.run("git-automerge", ["verify"])
        #expect(audit.exitCode == 0 || !adversary.removed.isEmpty, "\(audit)")
    }
}

extension Queue {
    /// Runs a worker that is killed at a step.
    fileprivate func run(killedAt fault: Int) async throws {
        _ = try await clone.with(environment: ["GITPATCH_FAULT": "*:\(fault)"]).run("git-automerge", ["run"])
    }
}

/// Somebody who works past the queue.
private struct Adversary {
    let clone: Queue
    /// The commits that were taken out of the target.
    var removed: Set<ObjectID> = []
    private var count = 0

    init(clone: Queue) { self.clone = clone }

    private func onMain() async throws {
        try await clone.clone.git("fetch", "-q", "--prune", "origin")
        try await clone.clone.git("switch", "-q", "--detach", "origin/main")
    }

    /// Pushes a commit of its own to the target, unless a worker is faster.
    mutating func push() async throws {
        try await onMain()
        count += 1
        try await clone.clone.commit("aside \(count)", files: ["aside.txt": "\(count)\n"])
        _ = try await clone.clone.tryGit(["push", "-q", "origin", "HEAD:main"])
    }

    /// Takes the newest commit out of the target.
    mutating func reset() async throws {
        try await onMain()
        let tip = try await clone.clone.id("origin/main")
        let lease = "--force-with-lease=main:\(tip)"
        let pushed = try await clone.clone.tryGit(["push", "-q", lease, "origin", "+HEAD~1:refs/heads/main"])
        if pushed.succeeded { removed.insert(tip) }
    }

    /// Pushes another head to a branch, if it is there.
    mutating func pushHead(_ branch: String) async throws {
        try await onMain()
        guard try await clone.clone.tryGit(["switch", "-q", "--detach", "origin/\(branch)"]).succeeded else { return }
        count += 1
        try await clone.clone.commit("more \(count)", files: ["more-\(count).txt": "x\n"])
        _ = try await clone.clone.tryGit(["push", "-q", "origin", "HEAD:refs/heads/\(branch)"])
    }

    /// Deletes a branch, if it is there.
    func delete(_ branch: String) async throws {
        _ = try await clone.clone.tryGit(["push", "-q", "origin", ":refs/heads/\(branch)"])
    }
}

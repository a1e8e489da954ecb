import FakeForges
import Foundation
import PlainRemote
import SuiteTestSupport
import Testing

/// One patch whose way is disturbed by one fault; whoever types goes on as a user would.
struct FaultRun {
    let rig: Rig
    let item: FaultMatrixTests.Case?

    static let arguments = [
        "Fix the greeting", "--auto-merge", "--require-check", "unit", "--issue", "--label", "bug", "--reviewer", "bob",
        "--assignee", "eve",
    ]

    private func arrange() { if let item { rig.forge.fail(item.call, item.fault) } }

    func begin() async throws -> CommandResult {
        try rig.clone.write("b.txt", "1\n")
        return try await rig.clone.run("git-patch", FaultRun.arguments)
    }

    /// Types a command until something is so.
    private func until(_ commands: [[String]], _ isSo: () -> Bool) async throws {
        for _ in 0..<14 where !isSo() {
            for command in commands { _ = try await rig.clone.run(command[0], Array(command.dropFirst())) }
            if !isSo() { try await Task.sleep(for: .milliseconds(300)) }
        }
    }

    private var history: String { "\(rig.forge.operations)" }

    // MARK: Flows

    func land() async throws {
        arrange()
        let first = try await begin()
        #expect(first.exitCode == 0, "\(first)")
        try await converge()
    }

    /// Types what a user would type, a few times; then everything is there once.
    func converge() async throws {
        for _ in 0..<14 {
            _ = try await rig.clone.run("git-patch", ["resume"])
            rig.report()
            _ = try await rig.clone.run("git-automerge", ["run", "--once"])
            let isDone = rig.forge.with { $0.issues.values.allSatisfy { $0.state == "closed" } && !$0.merges.isEmpty }
            if isDone, rig.pull?.comments.contains(where: { $0.body.contains("done") }) == true { break }
            try await Task.sleep(for: .milliseconds(300))
        }
        try await expectOnce()
        #expect(rig.pull?.reviewers == ["bob"], "\(history)")
        #expect(rig.pull?.assignees == ["eve"], "\(history)")
    }

    private func expectOnce() async throws {
        #expect(rig.pulls.count == 1, "\(history)")
        #expect(rig.forge.with { $0.issues.count } == 1, "\(history)")
        #expect(rig.pull?.comments.count == 1, "\(history)")
        #expect(rig.merges == 1, "\(history)")
        #expect(rig.pull?.labels == ["bug"], "\(history)")
        let listed = try await rig.clone.run("git-patch", ["list", "--all"])
        #expect(listed.output.contains("landed"), "\(listed) \(history)")
    }

    func keep() async throws {
        // A merge that GitHub has nothing to keep for is made at once.
        let isMerge = item?.call == "Merge" && rig.kind == .github
        rig.forge.with {
            $0.hasAsynchronousMerge = false
            if !isMerge { $0.requiredChecks = [(rig.kind == .gitea ? "hid*" : "hidden", nil)] }
        }
        if item?.call != "Disarm", !isMerge { arrange() }
        _ = try await begin()
        rig.report()
        switch rig.kind {
        case .github: rig.forge.with { $0.hidesRules = true }
        case .gitea: break
        case .gitlab: rig.report("hidden", "pending")
        }
        if !isMerge {
            try await until([["git-patch", "resume"], ["git-automerge", "run", "--once"]]) { rig.pull?.armed != nil }
            #expect(rig.pull?.armed != nil, "\(history)")
            if item?.call == "Disarm" { arrange() }
            _ = try await rig.clone.run("git-automerge", ["disable"])
            try await until([["git-patch", "resume"], ["git-automerge", "deliver"]]) { rig.pull?.armed == nil }
            #expect(rig.pull?.armed == nil, "\(history)")
            rig.report("hidden")
            _ = try await rig.clone.run("git-automerge", ["run", "--once"])
            #expect(rig.merges == 0, "\(history)")
            // What waits because of the fault comes before it; then it is wished anew.
            try await until([["git-patch", "resume"], ["git-automerge", "enable"]]) {
                (try? rig.record().isArmed) ?? false
            }
        } else {
            arrange()
        }
        rig.report("hidden")
        try await converge()
    }

    func queue() async throws {
        rig.forge.with {
            $0.hasAsynchronousMerge = false
            $0.hasQueue = true
            $0.hasTrains = true
        }
        let isTold = { rig.pull?.isQueued == true || rig.pull?.armed != nil }
        if item?.call == "Enqueue" { arrange() }
        _ = try await begin()
        rig.report()
        rig.forge.with {
            $0.requiredChecks = [("hidden", nil)]
            $0.hidesRules = true
        }
        try await until([["git-patch", "resume"], ["git-automerge", "run", "--once"]], isTold)
        #expect(isTold(), "\(history)")
        if item?.call == "Dequeue" {
            arrange()
            _ = try await rig.clone.run("git-automerge", ["disable"])
            try await until([["git-patch", "resume"], ["git-automerge", "deliver"]]) { !isTold() }
            #expect(!isTold(), "\(history)")
            #expect(rig.merges == 0, "\(history)")
            try await until([["git-patch", "resume"], ["git-automerge", "enable"]]) {
                (try? rig.record().isArmed) ?? false
            }
        }
        rig.forge.with { $0.requiredChecks = [] }
        try await converge()
    }

    func undo() async throws {
        _ = try await begin()
        arrange()
        _ = try await rig.clone.run("git-patch", ["undo"])
        try await until([["git-patch", "resume"], ["git-automerge", "run", "--once"]]) {
            rig.pull?.state == "closed" && rig.forge.with { $0.issues.values.allSatisfy { $0.state == "closed" } }
        }
        #expect(rig.pull?.state == "closed", "\(history)")
        #expect(rig.forge.with { $0.issues.values.map(\.state) } == ["closed"], "\(history)")
        #expect(rig.pulls.count == 1, "\(history)")
        #expect(rig.merges == 0, "\(history)")
        for _ in 0..<12 where try await rig.hasBranch() {
            _ = try await rig.clone.run("git-patch", ["resume"])
            _ = try await rig.clone.run("git-automerge", ["deliver"])
        }
        #expect(try await !rig.hasBranch(), "\(history)")
    }

    func stack() async throws {
        _ = try await begin()
        try rig.clone.write("c.txt", "1\n")
        _ = try await rig.clone.run("git-patch", ["On top of it"])
        #expect(rig.pulls.last?.base == "patch/fix-the-greeting", "\(history)")
        arrange()
        rig.report()
        try await until([["git-patch", "resume"], ["git-automerge", "run", "--once"]]) {
            rig.pulls.last?.base == "main"
        }
        #expect(rig.pulls.last?.base == "main", "\(history)")
        for _ in 0..<12 where try await rig.hasBranch() {
            _ = try await rig.clone.run("git-automerge", ["run", "--once"])
        }
        #expect(try await !rig.hasBranch(), "\(history)")
        #expect(rig.pulls.map(\.state) == ["merged", "open"], "\(history)")
        #expect(rig.merges == 1, "\(history)")
    }

    func rollback() async throws {
        _ = try await begin()
        rig.report()
        try await converge()
        arrange()
        try await until([["git-automerge", "rollback", "patch/fix-the-greeting"]]) { rig.pulls.count > 1 }
        let told = try await rig.clone.run("git-automerge", ["rollback", "patch/fix-the-greeting"])
        for _ in 0..<12 where !told.trimmed.hasSuffix("/pull/\(rig.pulls.last?.number ?? 0)") {
            let told = try await rig.clone.run("git-automerge", ["rollback", "patch/fix-the-greeting"])
            if told.trimmed.hasSuffix("/pull/\(rig.pulls.last?.number ?? 0)") { break }
            try await Task.sleep(for: .milliseconds(300))
        }
        #expect(rig.pulls.count == 2, "\(history)")
        #expect(rig.merges == 1, "\(history)")
    }
}

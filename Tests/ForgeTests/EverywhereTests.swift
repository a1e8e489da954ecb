import FakeForges
import Foundation
import SuiteTestSupport
import Testing

/// One table of what users do, the same on a plain remote and on every kind of forge.
///
/// What a place has alone is told elsewhere: pull requests, issues and people (`ScenarioTests`), batches and receipts.
/// Checks are reported to a forge, and run by a plain remote's worker.
struct EverywhereTests {
    enum Scenario: String, CaseIterable, Sendable {
        case landsOnce, undo, update, delay, approvals, draft, stop, disable, withdrawn, conflict, squash, merge, rebase
    }

    @Test(arguments: Place.Kind.allCases, Scenario.allCases)
    func everyPlaceDoesTheSame(kind: Place.Kind, scenario: Scenario) async throws {
        try await Place.with(kind) { place in
            switch scenario {
            case .landsOnce: try await landsOnce(place)
            case .undo: try await undo(place)
            case .update: try await update(place)
            case .delay:
                try await opens(place, "--delay", "1h") { try await place.automerge("enable", "--delay", "0") }
            case .approvals: try await opens(place, "--approvals", "1") { try await place.approve() }
            case .draft: try await opens(place, "--draft") { try await place.endDraft() }
            case .stop: try await stop(place)
            case .disable: try await disable(place)
            case .withdrawn: try await withdrawn(place)
            case .conflict: try await conflict(place)
            case .squash, .merge, .rebase: try await lands(place, by: scenario.rawValue)
            }
        }
    }

    private func landsOnce(_ place: Place) async throws {
        try await place.arm()
        try await place.pass()
        let ran = try await place.automerge("run", "--once")
        #expect(ran.output.contains("landed 'Fix the greeting' on 'main'"), "\(ran)")
        #expect(try await place.landings() == 1)
        #expect(try await !place.hasBranch())
        #expect(try await place.state() == "landed")
        #expect(try await place.automerge("verify").output.contains("no problem"))
        #expect(try await place.automerge("run", "--once").output.isEmpty)
        #expect(try await place.landings() == 1)
    }

    private func undo(_ place: Place) async throws {
        try await place.arm()
        try await place.pass()
        let undone = try await place.clone.run("git-patch", ["undo"])
        #expect(undone.exitCode == 0, "\(undone)")
        #expect(try await !place.hasBranch())
        try await place.automerge("run", "--once")
        #expect(try await place.landings() == 0)
    }

    private func update(_ place: Place) async throws {
        try await place.arm()
        try await place.pass()
        try place.clone.write("b.txt", "second\n")
        let updated = try await place.clone.run("git-patch", ["update", "-m", "More"])
        #expect(updated.exitCode == 0, "\(updated)")
        try await place.automerge("run", "--once")
        #expect(try await place.landings() == 0, "the check passed at another head")
        try await place.pass()
        // A plain remote has judged the head by itself and looks again a little later.
        for _ in 0..<20 where try await place.landings() == 0 {
            try await place.automerge("run", "--once")
            try await Task.sleep(for: .milliseconds(300))
        }
        #expect(try await place.landings() == 1)
        #expect(try await place.clone.git("--git-dir", place.remotePath, "show", "main:b.txt") == "second")
    }

    /// A gate that is shut, and what opens it.
    private func opens(_ place: Place, _ options: String..., by open: () async throws -> Void) async throws {
        try await place.arm(options)
        try await place.pass()
        let waits = try await place.automerge("run", "--once")
        #expect(try await place.landings() == 0, "\(waits)")
        try await open()
        let ran = try await place.automerge("run", "--once")
        #expect(try await place.landings() == 1, "\(ran)")
    }

    private func stop(_ place: Place) async throws {
        try await place.arm()
        try await place.pass()
        try await place.automerge("stop", "--reason", "fire")
        try await place.automerge("run", "--once")
        #expect(try await place.landings() == 0)
        #expect(try await place.automerge("status").output.contains("fire"))
        try await place.automerge("resume")
        try await place.automerge("run", "--once")
        #expect(try await place.landings() == 1)
    }

    private func disable(_ place: Place) async throws {
        try await place.arm()
        try await place.pass()
        try await place.automerge("disable")
        try await place.automerge("run", "--once")
        #expect(try await place.landings() == 0)
        try await place.automerge("enable")
        try await place.automerge("run", "--once")
        #expect(try await place.landings() == 1)
    }

    private func withdrawn(_ place: Place) async throws {
        try await place.arm()
        try await place.pass()
        try await place.withdraw()
        for _ in 0..<2 { try await place.automerge("run", "--once") }
        #expect(try await place.state() == "closed")
        #expect(try await place.landings() == 0)
    }

    private func conflict(_ place: Place) async throws {
        try await place.arm()
        try await place.pass()
        let other = try await place.clone.clone(place.remotePath, as: "other")
        try await other.commit("something else there", files: ["b.txt": "otherwise\n"])
        try await other.git("push", "-q", "origin", "main")
        let ran = try await place.automerge("run", "--once")
        #expect(ran.output.contains("conflict"), "\(ran)")
        #expect(try await place.landings() == 1, "only that of the other")
    }

    private func lands(_ place: Place, by method: String) async throws {
        if place.kind == .gitlab, method == "rebase" { place.rig?.forge.with { $0.methods = ["squash", "rebase"] } }
        try await place.arm(["--method", method])
        try await place.pass()
        let ran = try await place.automerge("run", "--once")
        #expect(ran.output.contains("(\(method))"), "\(ran)")
        let parents = try await place.clone.git("--git-dir", place.remotePath, "show", "-s", "--format=%P", "main")
        #expect(parents.split(separator: " ").count == (method == "merge" ? 2 : 1))
        #expect(try await place.automerge("verify").output.contains("no problem"))
    }
}

import Automerge
import Foundation
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

/// Branches of landed patches that a server would not delete: asked for again when it is time, and only while they are in.
@Suite struct KeptBranchTests {
    private static let zero = String(repeating: "0", count: 40)

    /// A hook that does something to whoever deletes a branch, and counts.
    private func onDeletion(_ queue: Queue, _ words: String) throws {
        try queue.hook("[ \"$3\" = \(KeptBranchTests.zero) ] && { echo x >> asked; \(words); }")
    }

    /// A branch that was kept when its patch landed, on a server that would let it go by now.
    ///
    /// - Parameter body: gets a time at which the server is asked again.
    private func withKeptBranch(_ body: (Queue, PatchRecord, Timestamp) async throws -> Void) async throws {
        try await Queue.with { here in
            try onDeletion(here, "exit 1")
            let patch = try await here.patch("kept", files: ["k.txt": "k\n"])
            #expect(try await here.worker().pass().landed.count == 1)
            #expect(try await here.onRemote("refs/heads/patch/kept") == patch.commit.hex)
            try here.hook("")
            try await body(here, patch, Timestamp.now().adding(seconds: 48 * 3600))
        }
    }

    @Test func aBranchThatTheServerKeepsKeepsNoOther() async throws {
        try await Queue.with { here in
            try here.hook("[ \"$1\" = refs/heads/patch/kept ] && [ \"$3\" = \(KeptBranchTests.zero) ] && exit 1")
            try await here.patch("kept", files: ["k.txt": "k\n"])
            try await here.patch("mate", files: ["m.txt": "m\n"])
            #expect(try await here.worker().pass().landed.flatMap(\.members).count == 2)
            #expect(try await here.onRemote("refs/heads/patch/kept") != "")
            #expect(try await here.onRemote("refs/heads/patch/mate") == "")
            for name in ["later", "last"] {
                try await here.patch(name, files: ["\(name).txt": "l\n"])
                #expect(try await here.worker().pass().landed.count == 1)
                #expect(try await here.onRemote("refs/heads/patch/\(name)") == "")
            }
        }
    }

    @Test func aConnectionThatBreaksIsNoRefusal() async throws {
        try await Queue.with { here in
            try onDeletion(here, "exit 1")
            try await here.patch("first", files: ["first.txt": "x\n"])
            #expect(try await here.worker().pass().landed.count == 1)
            try onDeletion(here, "kill -9 $PPID")
            for number in 0..<4 {
                try await here.patch("p\(number)", files: ["\(number).txt": "x\n"])
                #expect(try await here.worker().pass().landed.count == 1)
            }
            try here.hook("")
            try await here.patch("last", files: ["last.txt": "x\n"])
            #expect(try await here.worker().pass().landed.count == 1)
            #expect(try await here.onRemote("refs/heads/patch/last") == "")
        }
    }

    @Test func nobodyAsksBeforeItIsTime() async throws {
        try await withKeptBranch { here, _, later in
            try onDeletion(here, "exit 1")
            func asked() throws -> Int { try String(contentsOfFile: here.remotePath + "/asked", encoding: .utf8).count }
            let before = try asked()
            _ = try await here.worker(clock: { later.adding(seconds: -47.8 * 3600) }).pass()
            #expect(try asked() == before)
            _ = try await here.worker(clock: { later.adding(seconds: -46 * 3600) }).pass()
            #expect(try asked() > before)
        }
    }

    @Test func whatIsDeletedLaterComesBackWithTheLineThatIsTold() async throws {
        try await withKeptBranch { here, patch, later in
            var told: [String] = []
            let worker = try await here.worker(
                clock: { later }, report: { if case .note(let words) = $0 { told.append(words) } })
            _ = try await worker.pass()
            #expect(try await here.onRemote("refs/heads/patch/kept") == "")
            let line = try #require(told.first { $0.contains("deleted 'patch/kept'") }, "\(told)")
            let words = try #require(line.range(of: ": git ").map { line[$0.upperBound...] }, "\(line)")
            try await here.clone.git(words.split(separator: " ").map(String.init))
            #expect(try await here.onRemote("refs/heads/patch/kept") == patch.commit.hex)
        }
    }

    @Test func aBranchThatIsUsedAgainStays() async throws {
        try await withKeptBranch { here, _, later in
            try await here.patch("above", files: ["l.txt": "l\n"], from: "main", options: .init(), target: "patch/kept")
            _ = try await here.worker(clock: { later }).pass()
            #expect(try await here.onRemote("refs/heads/patch/kept") != "")
        }
    }

    @Test func aBranchThatWasPushedToStays() async throws {
        try await withKeptBranch { here, _, later in
            try await here.clone.git("switch", "-q", "patch/kept")
            let more = try await here.clone.commit("more", files: ["more.txt": "m\n"])
            try await here.clone.git("push", "-q", "origin", "patch/kept")
            _ = try await here.worker(clock: { later }).pass()
            #expect(try await here.onRemote("refs/heads/patch/kept") == more.hex)
        }
    }

    /// Then the branch is the only one to hold the work.
    @Test func aBranchWhoseTargetWasResetStays() async throws {
        try await withKeptBranch { here, patch, later in
            let base = try #require(patch.base)
            _ = try await here.remoteGit("update-ref", "refs/heads/main", base.hex)
            _ = try await here.worker(clock: { later }).pass()
            #expect(try await here.onRemote("refs/heads/patch/kept") == patch.commit.hex)
        }
    }
}

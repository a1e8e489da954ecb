import GitProcess
import SuiteTestSupport
import SystemPackage
import Testing

@testable import Validation

/// The newest process that speculates for a worktree is the one that counts.
struct SpeculationTokenTests {
    @Test func anOlderProcessNeverTakesTheNoteOfANewerOneAway() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one")
            let git = GitProgram(directory: FilePath(repository.path), environment: .only(repository.environment))
            let location = try await git.locate()
            for round in 0..<200 {
                let older = SpeculationToken(location)
                async let announced: Void = Self.announce(older, "old \(round)")
                let newer = SpeculationToken(location)
                await announced
                #expect(!newer.isReplaced)
                newer.announce(["new \(round)"])
                #expect(older.isReplaced && older.wantedByNewer() == ["new \(round)"])
            }
        }
    }

    @concurrent private static func announce(_ token: SpeculationToken, _ key: String) async {
        for _ in 0..<5 { token.announce([key]) }
    }
}

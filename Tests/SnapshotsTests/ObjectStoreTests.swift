import GitValues
import SuiteTestSupport
import Testing

@testable import Snapshots

/// Objects are found wherever git has put them, also while somebody works.
struct ObjectStoreTests {
    @Test func whatGitWroteSinceTheStoreWasOpenedIsFound() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            let store = ObjectStore(repository.path + "/.git/objects")
            // Folders that are new to the store, and then a pack that is.
            for number in 0..<8 {
                try await repository.commit("later \(number)", files: ["a": "\(number)\n"])
                let commit = try #require(Digest(try await repository.id("HEAD")))
                #expect(try !store.read(commit, as: .commit).isEmpty)
            }
            try await repository.git("repack", "-adq")
            let packed = try #require(Digest(try await repository.id("HEAD")))
            #expect(try !store.read(packed, as: .commit).isEmpty)
            let missing = try #require(ObjectID(hex: String(repeating: "1", count: 40)).flatMap { Digest($0) })
            #expect(throws: CaptureError.self) { try store.read(missing, as: .commit) }
        }
    }
}

import Foundation
import GitProcess
import GitValues
import Settings
import Store
import SuiteTestSupport
import Testing

@testable import PlainRemote

/// Commits of documents, which are written into one pack before they are pushed.
struct PackedDocumentsTests {
    private struct Words: Codable { var words: String }

    private func write(_ names: [String], with objects: RepositoryObjects) async throws -> [ObjectID] {
        let documents = try names.map { name in
            try DocumentCommit(file: "\(name).json", document: Words(words: name), parent: nil, message: name)
        }
        let person = Identity(name: "Ada Example", mail: "ada@example.com", seconds: 1_700_000_000, offsetMinutes: 90)
        return try await objects.write(documents, by: person)
    }

    private func files(_ here: Meeting, _ ending: String) -> [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: here.clone.path + "/.git/objects/pack")
        return (names ?? []).filter { $0.hasSuffix(ending) }.sorted()
    }

    @Test func documentsAreOnePackThatGitKeepsUntilTheyArePushed() async throws {
        try await Meeting.with { here in
            let objects = here.remote.objects
            let before = try await here.clone.git("count-objects")
            let commits = try await write(["one", "two"], with: objects)
            #expect(files(here, ".pack").count == 1 && files(here, ".idx").count == 1)
            #expect(files(here, ".keep").count == 1)
            #expect(try await here.clone.git("count-objects") == before)
            // What tidies up everything that nothing leads to leaves them alone.
            try await here.clone.git("repack", "-adq")
            try await here.clone.git("prune", "--expire=now")
            for commit in commits { #expect(try await here.clone.git("cat-file", "-t", commit.hex) == "commit") }
            #expect(try await here.clone.git("show", "\(commits[0]):one.json").contains("one"))
            #expect(try await objects.missing(commits).isEmpty)
            try await here.clone.git("fsck", "--strict")
            let remote = PlainRemote(connection: RemoteConnection(name: "origin", git: here.git), objects: objects)
            let name = try #require(ReferenceName("refs/patches/0123456789abcdef"))
            try await remote.remember([RemoteUpdate(name, from: nil, to: commits[0])])
            #expect(files(here, ".keep").isEmpty)
        }
    }

    @Test func withoutAPlaceForPacksEveryObjectIsAFile() async throws {
        try await Meeting.with { here in
            let packs = here.clone.path + "/.git/objects/pack"
            try FileManager.default.removeItem(atPath: packs)
            try here.clone.write(".git/objects/pack", "in the way")
            let commits = try await write(["one", "two"], with: here.remote.objects)
            for commit in commits { #expect(try await here.clone.git("cat-file", "-t", commit.hex) == "commit") }
            try await here.clone.git("fsck", "--strict")
        }
    }

    /// A process that is killed leaves the mark on its pack; one that lives needs it.
    @Test func theMarkOfAKilledProcessGoes() async throws {
        try await Meeting.with { here in
            let objects = here.remote.objects
            _ = try await write(["ours"], with: objects)
            let ours = files(here, ".keep")
            let dead = "pack-\(String(repeating: "a", count: 40)).keep"
            let others = "pack-\(String(repeating: "b", count: 40)).keep"
            let start = try #require(here.clone.read(".git/objects/pack/\(ours[0])")?.split(separator: " ").dropLast(3))
            try here.clone.write(".git/objects/pack/\(dead)", start.joined(separator: " ") + " 999999 1 gone\n")
            try here.clone.write(".git/objects/pack/\(others)", "kept by hand\n")
            try here.clone.write(".git/gitpatch/at-work/999999-x", "999999 1 gone\n")
            #expect(try await StaleLocks.remove(here.location, git: here.git) == [])
            #expect(files(here, ".keep") == (ours + [others]).sorted())
            objects.shared.letGo()
            #expect(files(here, ".keep") == [others])
        }
    }

    @Test func thePacksOfManyPassesArePutTogether() async throws {
        try await Meeting.with { here in
            let settings = try await Settings.load(git: here.git, committed: nil)
            _ = try here.openStore()
            let objects = here.remote.objects
            var commits: [ObjectID] = []
            for number in 0..<30 {
                commits += try await write(["document \(number)"], with: objects)
                objects.shared.letGo()
                try await objects.tidy(settings)
                #expect(files(here, ".pack").count < 25, "\(number)")
            }
            for commit in commits { #expect(try await here.clone.git("cat-file", "-t", commit.hex) == "commit") }
            try await here.clone.git("fsck", "--strict")
        }
    }
}

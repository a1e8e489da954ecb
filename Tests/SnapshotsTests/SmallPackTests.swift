import Foundation
import GitValues
import SuiteTestSupport
import Testing

@testable import Snapshots

/// A patch leaves a small pack; before there are many they become one, and no object goes missing on the way.
struct SmallPackTests {
    private func makePatches(_ numbers: Range<Int>, _ repository: TestRepository) async throws -> [ObjectID] {
        var made: [ObjectID] = []
        for number in numbers {
            try repository.write("folder/file\(number)", "content \(number)\n")
            let capture = try await repository.capture()
            made.append(capture.tree)
        }
        return made
    }

    private func packs(_ repository: TestRepository) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: repository.path + "/.git/objects/pack")
            .filter { $0.hasSuffix(".pack") }
    }

    private func smallPacks(_ repository: TestRepository) throws -> SmallPacks {
        try FileManager.default.createDirectory(
            atPath: repository.path + "/.git/gitpatch", withIntermediateDirectories: true)
        return SmallPacks(objectDirectory: repository.path + "/.git/objects")
    }

    @Test func manySmallPacksBecomeOneAndEveryObjectStays() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            let small = try smallPacks(repository)
            let trees = try await makePatches(0..<SmallPacks.most, repository)
            #expect(try packs(repository).count == SmallPacks.most)
            #expect(small.areMany)
            let before = try await repository.git("cat-file", "--batch-all-objects", "--batch-check")
            #expect(try small.combine() == SmallPacks.most)
            #expect(try packs(repository).count == 1)
            #expect(!small.areMany)
            #expect(try await repository.git("cat-file", "--batch-all-objects", "--batch-check") == before)
            for tree in trees {
                #expect(try await repository.git("ls-tree", "-r", "--name-only", tree.hex).contains("folder/file0"))
            }
            let index = try #require(try packs(repository).first).dropLast(5)
            try await repository.git("verify-pack", "\(repository.path)/.git/objects/pack/\(index).idx")
            try await repository.git("fsck", "--full", "--strict")
            // The whole one is small too and goes into the next.
            _ = try await makePatches(100..<(100 + SmallPacks.most - 1), repository)
            #expect(small.areMany)
            try small.combine()
            #expect(try packs(repository).count == 1)
            try await repository.git("fsck", "--full", "--strict")
        }
    }

    @Test func whatIsNotOursOrNotSoundIsLeftAlone() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": String(repeating: "line\n", count: 400)])
            try await repository.commit("second", files: ["a": String(repeating: "line\n", count: 400) + "more\n"])
            try await repository.git("repack", "-adq", "--depth=10")
            let small = try smallPacks(repository)
            let foreign = try #require(try packs(repository).first)
            small.note(String(foreign.dropLast(5)))
            small.note("pack-" + String(repeating: "0", count: 40))
            small.note("../../../../etc/passwd")
            _ = try await makePatches(0..<3, repository)
            // One of ours is damaged.
            let folder = repository.path + "/.git/objects/pack/"
            let damaged = try #require(try packs(repository).first { $0 != foreign })
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder + damaged)
            var bytes = try Data(contentsOf: URL(fileURLWithPath: folder + damaged))
            bytes[20] ^= 0xFF
            try bytes.write(to: URL(fileURLWithPath: folder + damaged))
            #expect(try small.combine() == 2)
            let left = try packs(repository)
            #expect(left.contains(foreign) && left.contains(damaged) && left.count == 3)
        }
    }

    @Test func aLostListHarmsNothing() async throws {
        try await TestRepository.with { repository in
            let small = try smallPacks(repository)
            #expect(!small.areMany)
            #expect(try small.combine() == 0)
            _ = try await makePatches(0..<2, repository)
            try FileManager.default.removeItem(atPath: repository.path + "/.git/gitpatch/packs")
            #expect(try small.combine() == 0)
            #expect(try packs(repository).count == 2)
        }
    }

    /// Until something refers to a pack, git's own tidying, which drops what no ref leads to, must not see it go.
    @Test func aPackNothingRefersToYetSurvivesARepack() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("b", "new\n")
            let capture = try await repository.capture()
            let objects = try #require(capture.objects)
            try await repository.git("repack", "-adq")
            #expect(try await repository.git("cat-file", "-t", capture.tree.hex) == "tree")
            #expect(try await repository.git("cat-file", "-p", capture.tree.hex + ":b") == "new")
            objects.letGo()
            try await repository.git("repack", "-adq")
            #expect(try await repository.tryGit(["cat-file", "-e", capture.tree.hex]).exitCode != 0)
        }
    }

    @Test func whatAKilledCommandKeptIsLetGoAndWhatOthersKeepIsNot() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("b", "new\n")
            let capture = try await repository.capture()
            let folder = repository.path + "/.git/objects/pack/"
            let ours = try #require(try names(folder).first { $0.hasSuffix(".keep") })
            let copy = try Data(contentsOf: URL(fileURLWithPath: folder + ours))
            capture.objects?.letGo()
            #expect(try names(folder).allSatisfy { !$0.hasSuffix(".keep") })
            try copy.write(to: URL(fileURLWithPath: folder + ours))
            let foreign = "pack-" + String(repeating: "1", count: 40) + ".keep"
            try Data("fetch-pack 1 on host\n".utf8).write(to: URL(fileURLWithPath: folder + foreign))
            CapturedObjects.letGoOfStale(in: try await repository.location())
            #expect(try names(folder).filter { $0.hasSuffix(".keep") } == [foreign])
        }
    }

    @Test func packsThatGitHasAHandInAreNotPutTogether() async throws {
        try await TestRepository.with { repository in
            let small = try smallPacks(repository)
            _ = try await makePatches(0..<SmallPacks.most, repository)
            let kept = try #require(try packs(repository).first).dropLast(5)
            try Data().write(to: URL(fileURLWithPath: "\(repository.path)/.git/objects/pack/\(kept).keep"))
            #expect(try small.combine() == SmallPacks.most - 1)
            #expect(try packs(repository).contains(kept + ".pack"))
            _ = try await makePatches(100..<(100 + SmallPacks.most), repository)
            try await repository.git("multi-pack-index", "write")
            #expect(!small.areMany)
            let before = try packs(repository)
            #expect(try small.combine() == 0)
            #expect(Set(try packs(repository)).isSuperset(of: before))
            try await repository.git("fsck", "--full", "--strict")
        }
    }

    /// What `git add` stored is not on the disk yet, and git tidies up what it never waited for.
    @Test func whatIsStagedOnlyIsStoredToo() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("b", "staged\n")
            try await repository.git("add", "b")
            try await Task.sleep(for: .milliseconds(20))
            try repository.write("b", "staged\n")  // Touched, so that it is read again.
            let capture = try await repository.capture()
            let blob = try await repository.git("rev-parse", capture.tree.hex + ":b")
            let index = try #require(try packs(repository).first).dropLast(5)
            #expect(
                try await repository.git("verify-pack", "-v", "\(repository.path)/.git/objects/pack/\(index).idx")
                    .contains(blob))
        }
    }

    private func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder)
    }
}

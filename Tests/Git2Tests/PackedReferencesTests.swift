import Foundation
import Git2
import GitValues
import SuiteTestSupport
import Testing

/// Refs that come into `packed-refs`, and that leave it.
@Suite struct PackedReferencesTests {
    @Test func severalNewRefsAreMadeInOneFile() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            for branch in ["a", "m/x", "z"] { try await repo.git("branch", branch) }
            try await repo.git("tag", "-a", "-m", "t", "v1")
            try await repo.git("pack-refs", "--all")
            let tag = repo.read(".git/packed-refs")?.split(separator: "\n").last
            let repository = try await repo.open()
            let second = try repository.child(of: first)
            let (main, patch) = (try name("main"), try name("m-1/patch"))
            let made = try ["m/a", "zz", "b"].map { ReferenceMove(try name($0), from: .absent, to: .object(first)) }
            try repository.move(
                made + [
                    ReferenceMove(patch, from: .absent, to: .object(second)),
                    ReferenceMove(.head, from: .symbolic(main), to: .symbolic(patch)),
                ], message: "branch: Created", by: ada)
            let lines = repo.read(".git/packed-refs")?.split(separator: "\n") ?? []
            #expect(lines.first == "# pack-refs with: peeled fully-peeled sorted ")
            let names = lines.dropFirst().filter { !$0.hasPrefix("^") }.map { String($0.dropFirst(41)) }
            let branches = ["a", "b", "m-1/patch", "m/a", "m/x", "main", "z", "zz"].map { "refs/heads/\($0)" }
            #expect(names == branches + ["refs/tags/v1"])
            #expect(lines.last == tag)
            #expect(try await repo.id("m-1/patch") == second)
            #expect(try await repo.git("symbolic-ref", "HEAD") == "refs/heads/m-1/patch")
            #expect(try await repo.git("log", "-g", "-1", "--format=%gs", "m/a") == "branch: Created")
            #expect(!repo.exists(".git/refs/heads/m-1") && !repo.exists(".git/refs/heads/zz"))
            #expect(locks(in: repo).isEmpty)
            // Git goes on from there.
            try await repo.git("commit", "-q", "--allow-empty", "-m", "third")
            try await repo.git("branch", "-D", "m/a")
            try await repo.git("pack-refs", "--all", "--prune")
            try await repo.git("fsck", "--strict")
            #expect(try repository.reference(try name("m/a")) == nil)
            #expect(try repository.reference(patch) == (try await repo.id("HEAD")))
        }
    }

    @Test func theFirstPackedRefsAreReadableToGit() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let repository = try await repo.open()
            let made = try ["x/y", "x/z"].map { ReferenceMove(try name($0), from: .absent, to: .object(first)) }
            try repository.move(made, message: "m", by: ada)
            #expect(repo.exists(".git/packed-refs"))
            #expect(try await repo.git("for-each-ref", "--format=%(refname:short)") == "main\nx/y\nx/z")
            let again = refusal(repository, made)
            #expect(again?.code == .exists)
            let below = refusal(repository, [ReferenceMove(try name("x/y/z"), from: .absent, to: .object(first))])
            #expect(below?.code == .nameConflict)
            try repository.move(made.map(\.reversed), message: "m", by: ada)
            #expect(try await repo.git("for-each-ref", "--format=%(refname:short)") == "main")
            #expect(repo.read(".git/packed-refs")?.split(separator: "\n").count == 1)
        }
    }

    /// Where the file cannot be had at once, or is not ours to write again, every ref gets a file of its own.
    @Test(arguments: ["locked", "long", "of an older git"]) func refsGetFilesOfTheirOwn(_ state: String) async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            switch state {
            case "locked": try repo.write(".git/packed-refs.lock", "")
            case "long":
                let lines = (0..<4000).map { "\(first) refs/tags/a-tag-with-a-longer-name-\(10000 + $0)\n" }.joined()
                try repo.write(".git/packed-refs", "# pack-refs with: peeled fully-peeled sorted \n" + lines)
            default: try repo.write(".git/packed-refs", "# pack-refs with: peeled \n\(first) refs/tags/b\n")
            }
            let packed = repo.read(".git/packed-refs")
            let repository = try await repo.open()
            let made = try ["x/y", "x/z"].map { ReferenceMove(try name($0), from: .absent, to: .object(first)) }
            try repository.move(made, message: "m", by: ada)
            #expect(repo.exists(".git/refs/heads/x/y") && repo.exists(".git/refs/heads/x/z"))
            #expect(repo.read(".git/packed-refs") == packed)
            #expect(locks(in: repo) == (state == "locked" ? ["packed-refs.lock"] : []))
        }
    }

    @Test func aMoveThatBreaksOffLeavesNoNewRefs() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let repository = try await repo.open()
            // The log of a ref that would need the name of a folder that is in use.
            try repo.write(".git/logs/refs/heads/x/z/in-the-way", "")
            let made = try ["x/y", "x/z"].map { ReferenceMove(try name($0), from: .absent, to: .object(first)) }
            let error = refusal(repository, made)
            #expect(error != nil)
            #expect(try await repo.git("for-each-ref", "--format=%(refname:short)") == "main")
            #expect(locks(in: repo).isEmpty)
        }
    }

    /// What a killed process leaves is known by its inode, never by its content: git's own lock is empty while it works.
    @Test func onlyTheLockOfADeadProcessGoes() async throws {
        try await TestRepository.with { repo in
            try await repo.commit("first", files: ["a": "1"])
            try await repo.git("pack-refs", "--all")
            let repository = try await repo.open()
            let folder = repo.path + "/.git/"
            try repo.write(".git/packed-refs.lock", "")
            try repo.write(".git/packed-refs.gitpatch-4194999", "left before it had the lock")
            #expect(repository.references.removeStalePackedLocks() == 0)
            #expect(repo.exists(".git/packed-refs.lock") && !repo.exists(".git/packed-refs.gitpatch-4194999"))
            try repo.remove(".git/packed-refs.lock")
            // A process that lives, unless it is known that another one had its number.
            let proof = "packed-refs.gitpatch-\(getppid())"
            try repo.write(".git/\(proof)", "ours")
            #expect(link(folder + proof, folder + "packed-refs.lock") == 0)
            #expect(repository.references.removeStalePackedLocks() == 0)
            #expect(repo.exists(".git/packed-refs.lock"))
            #expect(repository.references.removeStalePackedLocks(of: getppid()) == 1)
            #expect(locks(in: repo).isEmpty && !repo.exists(".git/\(proof)"))
        }
    }

    @Test func theModeOfTheFileStaysAndALinkIsFollowed() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            try await repo.git("branch", "old")
            try await repo.git("pack-refs", "--all")
            let path = repo.path + "/.git/packed-refs"
            #expect(chmod(path, 0o664) == 0)
            let repository = try await repo.open()
            let made = try ["x/y", "x/z"].map { ReferenceMove(try name($0), from: .absent, to: .object(first)) }
            try repository.move(made, message: "m", by: ada)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o664)
            // Worktrees of the old kind share the file through a link.
            let shared = repo.path + "/shared-refs"
            try FileManager.default.moveItem(atPath: path, toPath: shared)
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: shared)
            let more = try ["n/y", "n/z"].map { ReferenceMove(try name($0), from: .absent, to: .object(first)) }
            try repository.move(more, message: "m", by: ada)
            #expect(repo.exists(".git/refs/heads/n/y"))
            try repository.move(made.map(\.reversed), message: "m", by: ada)
            #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: path)) == shared)
            #expect(try await repo.git("for-each-ref", "--format=%(refname:short)") == "main\nn/y\nn/z\nold")
            #expect(locks(in: repo).isEmpty)
        }
    }

    /// Git looks for refs below a name before it makes it, and is stopped later by a file in the folder only.
    @Test func aNameAboveThatIsLockedIsKeptFree() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let repository = try await repo.open()
            try repo.write(".git/refs/heads/x.lock", "\(first)\n")
            let made = try ["x/y", "x/z"].map { ReferenceMove(try name($0), from: .absent, to: .object(first)) }
            try repository.move(made, message: "m", by: ada)
            #expect(repo.exists(".git/refs/heads/x/y") && repo.exists(".git/refs/heads/x/z"))
            #expect(locks(in: repo) == ["refs/heads/x.lock"])
            #expect(try await repo.git("for-each-ref", "--format=%(refname:short)") == "main\nx/y\nx/z")
        }
    }

    @Test func deletingAPackedRefKeepsAllOthersAndTheirPeeledLines() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            for branch in ["a", "b", "ab"] { try await repo.git("branch", branch) }
            try await repo.git("tag", "-a", "-m", "t", "v1")
            try await repo.git("pack-refs", "--all")
            let header = repo.read(".git/packed-refs")?.split(separator: "\n").first
            let repository = try await repo.open()
            try repository.move(
                [ReferenceMove(try name("b"), from: .exactly(first), to: .deleted)], message: "m", by: ada)
            #expect(try repository.reference(try name("b")) == nil)
            let names = try await repo.git("for-each-ref", "--format=%(refname)")
            #expect(names == "refs/heads/a\nrefs/heads/ab\nrefs/heads/main\nrefs/tags/v1")
            #expect(repo.read(".git/packed-refs")?.split(separator: "\n").first == header)
            #expect(repo.read(".git/packed-refs")?.contains("\n^\(first)\n") == true)
            let tag = try #require(ReferenceName("refs/tags/v1"))
            let object = try #require(try repository.reference(tag))
            try repository.move([ReferenceMove(tag, from: .exactly(object), to: .deleted)], message: "m", by: ada)
            #expect(repo.read(".git/packed-refs")?.contains("^") == false)
            try await repo.git("fsck", "--strict")
        }
    }

    @Test func aRefThatIsLooseAndPackedGoesFromBothPlaces() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            try await repo.git("branch", "b")
            try await repo.git("pack-refs", "--all")
            let second = try await repo.commit("second", files: ["a": "2"])
            try await repo.git("update-ref", "refs/heads/b", second.hex)
            let repository = try await repo.open()
            let wrong = refusal(repository, [ReferenceMove(try name("b"), from: .exactly(first), to: .deleted)])
            #expect(wrong?.code == .modified)
            try repository.move(
                [ReferenceMove(try name("b"), from: .exactly(second), to: .deleted)], message: "m", by: ada)
            #expect(try await repo.tryGit(["rev-parse", "-q", "--verify", "b"]).exitCode == 1)
        }
    }

    @Test func aLockedPackedRefsFileStopsADeletionAndTakesTheOtherMovesBack() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            let second = try await repo.commit("second", files: ["a": "2"])
            try await repo.git("branch", "b")
            try await repo.git("pack-refs", "--all")
            let before = try await repo.git("for-each-ref")
            let repository = try await repo.open()
            try repo.write(".git/packed-refs.lock", "")
            let error = refusal(
                repository,
                [
                    ReferenceMove(try name("b"), from: .exactly(second), to: .deleted),
                    ReferenceMove(try name("main"), from: .exactly(second), to: .object(first)),
                    ReferenceMove(.head, from: .symbolic(try name("main")), to: .symbolic(try name("elsewhere"))),
                ])
            #expect(error?.code == .locked)
            #expect(error?.path == repo.path + "/.git/packed-refs.lock")
            #expect(try await repo.git("for-each-ref") == before)
            #expect(try await repo.git("symbolic-ref", "HEAD") == "refs/heads/main")
            #expect(locks(in: repo) == ["packed-refs.lock"])
            let deletion = ReferenceMove(try name("b"), from: .exactly(second), to: .deleted)
            try repo.remove(".git/packed-refs.lock")
            try repository.move([deletion], message: "m", by: ada)
            #expect(repo.read(".git/packed-refs")?.contains("refs/heads/b") == false)
        }
    }

    /// A deletion that breaks off behind packed-refs; the mark needs root and a file system that has it.
    @Test func aHalfDeletedPackedRefComesBack() async throws {
        try await TestRepository.with { repo in
            let first = try await repo.commit("first", files: ["a": "1"])
            try await repo.git("branch", "b")
            try await repo.git("branch", "c")
            try await repo.git("pack-refs", "--all")
            let before = try await repo.git("for-each-ref")
            let repository = try await repo.open()
            let log = repo.path + "/.git/logs/refs/heads/b"
            guard try await repo.run("chattr", ["+i", log]).succeeded else { return }
            let error = refusal(
                repository,
                [
                    ReferenceMove(try name("c"), from: .exactly(first), to: .deleted),
                    ReferenceMove(try name("b"), from: .exactly(first), to: .deleted),
                ])
            _ = try await repo.run("chattr", ["-i", log])
            #expect(error?.code == .notWritable, "\(String(describing: error))")
            #expect(try await repo.git("for-each-ref") == before)
            #expect(locks(in: repo).isEmpty)
        }
    }
}

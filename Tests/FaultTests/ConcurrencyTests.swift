import Foundation
import SuiteTestSupport
import Testing

/// Commands of the suite and of git at the same time, in one repository and its linked worktrees.
struct ConcurrencyTests {
    @Test func commandsAtTheSameTimeAreSerialisedOrRefused() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n", "b": "b\n"])
            let other = repository.at(repository.scratch.path + "/other")
            try await repository.git("worktree", "add", "-q", "-b", "side", other.path)
            let results = try await withThrowingTaskGroup(of: [CommandResult].self) { group in
                for (place, name) in [(repository, "one"), (repository, "two"), (other, "three")] {
                    group.addTask {
                        var results: [CommandResult] = []
                        for round in 0..<4 {
                            try place.write("\(name)-\(round)", "\(round)\n")
                            results.append(
                                try await place.run("git-patch", ["Change \(name) \(round)", "--stay", "--local"]))
                        }
                        return results
                    }
                }
                group.addTask {
                    for round in 0..<12 {
                        try repository.write("typed", "\(round)\n")
                        _ = try await repository.tryGit(["add", "typed"])
                        _ = try await repository.tryGit(["commit", "-q", "-m", "typed \(round)", "--", "typed"])
                        _ = try await repository.tryGit(["pack-refs", "--all"])
                    }
                    return []
                }
                var all: [CommandResult] = []
                for try await results in group { all += results }
                return all
            }
            for result in results {
                #expect([0, 1, 75].contains(result.exitCode), "\(result)")
                if result.exitCode == 75 { #expect(result.errorOutput.contains("hint: "), "\(result)") }
            }
            let made = results.filter(\.succeeded)
            #expect(made.count > 3, "\(results.filter { !$0.succeeded }.map(\.errorOutput))")
            for branch in made.map(\.trimmed) { _ = try await repository.id("refs/heads/" + branch) }
            let settled = try await repository.mustPatch("status")
            #expect(try await repository.locks().isEmpty, "\(settled)")
            #expect(try await repository.tryGit(["fsck", "--full", "--strict"]).succeeded)
            #expect(try await !repository.mustPatch("log", "--json").output.contains("\"running\""))
        }
    }

    @Test func aLockOfAnotherProgramIsReportedWithItsPathAndStays() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            let before = try await RepositoryState.read(repository)
            for name in ["HEAD.lock", "index.lock", "refs/heads/patch/fix-the-greeting.lock"] {
                let path = repository.path + "/.git/" + name
                try FileManager.default.createDirectory(
                    atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
                #expect(FileManager.default.createFile(atPath: path, contents: Data()))
                let result = try await repository.patch("Fix the greeting")
                #expect(result.exitCode == 75, "\(result)")
                #expect(result.errorOutput.contains(name), "\(result)")
                _ = try await repository.patch("status")
                #expect(FileManager.default.fileExists(atPath: path), "\(name) was removed")
                try FileManager.default.removeItem(atPath: path)
                #expect(try await RepositoryState.read(repository) == before)
            }
        }
    }

    @Test func aClockThatGoesBackwardsHarmsNothing() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            try await repository.mustPatch("Fix the greeting")
            // What happened is dated in the future now, as if the clock had been set back since.
            let script = """
                import sqlite3,sys
                store = sqlite3.connect(sys.argv[1])
                for table in ['operations SET started', 'operations SET finished', 'patches SET updated', 'patches SET created']:
                    store.execute('UPDATE ' + table + ' = 4102444800000')
                store.execute("UPDATE facts SET value = '2100-01-01T00:00:00Z'")
                store.commit()
                """
            let store = repository.path + "/.git/gitpatch/store.sqlite"
            let changed = try await runCommand(
                "python3", ["-c", script, store], in: repository.path, environment: repository.environment)
            guard changed.succeeded else { return }  // Nothing here can change the store without Python.
            try repository.write("later", "later\n")
            let before = try await RepositoryState.read(repository)
            try await repository.mustPatch("update")
            try await repository.mustPatch("undo")
            #expect(try await RepositoryState.read(repository) == before)
        }
    }
}

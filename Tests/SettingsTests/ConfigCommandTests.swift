import Foundation
import Settings
import SuiteTestSupport
import Testing

/// `git patch config`, as a person types it.
struct ConfigCommandTests {
    @Test func showsWhatIsSetAndWhere() async throws {
        try await withRepository { repository in
            try repository.write(".gitpatch", "[patch]\n\ttarget = main\n[automerge]\n\tdelay = 3m\n")
            try await repository.git("config", "automerge.delay", "1m")
            let shown = try await repository.run("git-patch", ["config"])
            #expect(shown.exitCode == 0 && shown.errorOutput.isEmpty)
            let lines = shown.output.split(separator: "\n")
            #expect(lines.count == 2 && lines[0].hasPrefix("automerge.delay  1m    .git/config:"))
            #expect(lines[1] == "patch.target     main  .gitpatch:2")
            let explained = try await repository.run("git-patch", ["config", "--explain", "automerge.delay"])
            #expect(explained.exitCode == 0 && explained.output.contains("  not used: 3m  (.gitpatch:4)"))
        }
    }

    @Test func mistakesAreShownBesideWhatIsUnderstood() async throws {
        try await withRepository { repository in
            try repository.write(".gitpatch", "[patch]\n\ttarget = main\n\tbanana = 1\n")
            let shown = try await repository.run("git-patch", ["config"])
            #expect(shown.exitCode == 78 && shown.output == "patch.target  main  .gitpatch:2\n")
            #expect(shown.errorOutput.contains("error: .gitpatch:3: key 'patch.banana' is not known"))
            #expect(shown.errorOutput.contains("hint: git patch config --all lists the keys"))
            let json = try await repository.run("git-patch", ["config", "--json"])
            #expect(json.exitCode == 78)
            let object = try #require(try JSONSerialization.jsonObject(with: Data(json.outputBytes)) as? [String: Any])
            #expect(object["version"] as? Int == 1 && (object["errors"] as? [Any])?.count == 1)
            #expect((object["settings"] as? [[String: Any]])?.first?["key"] as? String == "patch.target")
        }
    }

    @Test func anUnknownKeyAndNoRepositoryAreErrors() async throws {
        try await withRepository { repository in
            let unknown = try await repository.run("git-patch", ["config", "--explain", "patch.tarket"])
            #expect(unknown.exitCode == 78 && unknown.errorOutput.contains("hint: did you mean 'patch.target'?"))
            let outside = repository.at(try repository.scratch.makeDirectory("outside"))
            let lost = try await outside.run("git-patch", ["config", "--json"])
            #expect(lost.exitCode == 69 && lost.output.contains("\"not-a-repository\""))
        }
    }

    @Test func aLinkIsNoCommittedFile() async throws {
        try await withRepository { repository in
            try repository.write("elsewhere", "[nonsense]\n")
            try FileManager.default.createSymbolicLink(
                atPath: repository.path + "/.gitpatch", withDestinationPath: "elsewhere")
            #expect(try CommittedFile.onDisk(worktree: repository.path) == nil)
            try repository.remove(".gitpatch")
            #expect(try CommittedFile.onDisk(worktree: repository.path) == nil)
            try repository.write(".gitpatch", "[patch]\n")
            #expect(try CommittedFile.onDisk(worktree: repository.path)?.bytes == Array("[patch]\n".utf8))
        }
    }
}

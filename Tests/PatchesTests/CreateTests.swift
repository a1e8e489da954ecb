import Foundation
import GitValues
import SuiteTestSupport
import Testing

struct CreateTests {
    @Test func switchesToTheNewBranchAndWritesNoFile() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            let base = try await repository.id("HEAD")
            let tree = try await repository.oracleTree()
            let before = RepositoryState.files(in: repository.path)
            let result = try await repository.mustPatch("Fix the greeting")
            #expect(result.output == "patch/fix-the-greeting\n")
            #expect(RepositoryState.files(in: repository.path) == before)
            #expect(try await repository.git("symbolic-ref", "HEAD") == "refs/heads/patch/fix-the-greeting")
            #expect(try await repository.id("HEAD^{tree}") == tree)
            #expect(try await repository.id("HEAD^") == base)
            #expect(
                try await repository.git("log", "-1", "--format=%B%an %ae %cn %ce")
                    == "Fix the greeting\nAda Example ada@example.com Ada Example ada@example.com")
            #expect(try await repository.git("status", "--porcelain") == "")
            #expect(try await repository.git("diff", "--cached", "--name-only") == "")
            #expect(try await repository.locks() == [])
            #expect(try await repository.git("switch", "-").isEmpty)
            #expect(try await repository.git("symbolic-ref", "--short", "HEAD") == "main")
        }
    }

    @Test func stayLeavesEverythingAsItWas() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            let tree = try await repository.oracleTree()
            let before = try await RepositoryState.read(repository)
            try await repository.mustPatch("Fix the greeting", "--stay")
            var after = try await RepositoryState.read(repository)
            let branch = after.references.first { $0.hasPrefix("refs/heads/patch/fix-the-greeting ") }
            #expect(branch != nil)
            after.references.removeAll { $0 == branch }
            #expect(after == before)
            #expect(try await repository.id("patch/fix-the-greeting^{tree}") == tree)
        }
    }

    @Test func unbornHeadGivesARootCommit() async throws {
        try await TestRepository.with { repository in
            try repository.write("a", "a\n")
            let result = try await repository.mustPatch("Start", "--json")
            #expect(!result.output.contains("\"base\""))
            #expect(try await repository.git("rev-list", "--count", "HEAD") == "1")
            #expect(try await repository.git("symbolic-ref", "--short", "HEAD") == "patch/start")
            try await repository.mustPatch("undo")
            #expect(try await repository.git("symbolic-ref", "--short", "HEAD") == "main")
            #expect(try await repository.git("status", "--porcelain") == "?? a")
        }
    }

    @Test func detachedHeadIsTheBase() async throws {
        try await TestRepository.with { repository in
            let base = try await repository.commit("first", files: ["a": "a\n"])
            try await repository.git("switch", "-q", "--detach")
            try repository.write("a", "b\n")
            try await repository.mustPatch("Change a")
            #expect(try await repository.id("HEAD^") == base)
            try await repository.mustPatch("undo")
            #expect(try await repository.tryGit(["symbolic-ref", "-q", "HEAD"]).exitCode == 1)
            #expect(try await repository.id("HEAD") == base)
        }
    }

    @Test(arguments: [
        "🚀🚀🚀", "...", "a..b.lock", "-x", "fix\nsecond line", "Ünïcode wörds", String(repeating: "long ", count: 2000),
        "@{", "~^:?*[\\", "list of things", " spaces ",
    ])
    func anyDescriptionGivesAValidBranch(_ description: String) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first")
            for round in 1...2 {
                try repository.write("f", "\(round)\n")
                let result = try await repository.run("git-patch", ["create", "--stay", "--", description])
                let direct = try await repository.run("git-patch", ["create", "--stay", description])
                let made = direct.succeeded ? direct : result
                #expect(made.succeeded || description.hasPrefix("-"), "\(made)")
                guard made.succeeded else { continue }
                let branch = made.trimmed
                #expect(branch.utf8.count <= 70)
                try await repository.git("check-ref-format", "--branch", branch)
            }
        }
    }

    @Test func aCommandWordIsADescriptionAfterCreate() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first")
            try repository.write("a", "a\n")
            #expect(try await repository.mustPatch("create", "list").trimmed == "patch/list")
        }
    }

    @Test func refusalsChangeNothing() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try await repository.git("branch", "patch/taken")
            let clean = try await repository.patch("Nothing")
            #expect(clean.exitCode == 1)
            #expect(clean.errorOutput.hasPrefix("error: there is nothing to do"))
            try repository.write("a", "b\n")
            let before = try await RepositoryState.read(repository)
            for (arguments, code, word) in [
                (["x", "--branch", "patch/taken"], Int32(1), "branch-exists"),
                (["x", "--branch", "a..b"], 64, "bad-branch-name"), (["x", "--target", "nowhere"], 1, "no-target"),
                (["x", "--base", "nowhere"], 1, "no-such-revision"), (["x", "--stack"], 1, "nothing-to-stack-on"),
                (["x", "--to", "origin"], 1, "needs-forge"), (["x", "--stay", "--return"], 64, "usage"),
                (["x", "--test", "false"], 1, "test-failed"), (["x", "--run", "exit 3"], 1, "command-failed"),
            ] {
                let result = try await repository.run("git-patch", arguments + ["--json"])
                #expect(result.exitCode == code, "\(result)")
                #expect(result.output.contains("\"code\":\"\(word)\""), "\(result)")
                #expect(try await RepositoryState.read(repository) == before, "\(arguments)")
            }
            #expect(try await repository.locks() == [])
        }
    }

    @Test func namedPathsCanStayAndBePlanned() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["f": "a\n", "g": "a\n"])
            try repository.write("f", "b\n")
            try repository.write("g", "b\n")
            let before = try await RepositoryState.read(repository)
            #expect(try await repository.mustPatch("x", "--dry-run", "--", "f").output.contains("M  f"))
            #expect(try await RepositoryState.read(repository) == before)
            try await repository.mustPatch("x", "--stay", "--", "f")
            #expect(try await repository.git("diff", "--name-only", "HEAD", "patch/x") == "f")
            #expect(try await RepositoryState.read(repository).index == before.index)
        }
    }

    @Test func everyConfigurationErrorIsAnErrorOfItsOwn() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first")
            try repository.write(".gitpatch", "[patch]\n    targett = x\n[bar]\n    x = 1\n")
            let result = try await repository.patch("x", "--json")
            #expect(result.exitCode == 78)
            #expect(result.errorOutput.split(separator: "\n").filter { $0.hasPrefix("error: .gitpatch:") }.count == 2)
            #expect(result.output.components(separatedBy: "\"code\":").count == 3, "\(result)")
        }
    }

    @Test func noRepositoryAndBareRepositoryAreSaidSo() async throws {
        try await TestRepository.with { repository in
            let outside = repository.at(try repository.scratch.makeDirectory("outside"))
            #expect(try await outside.patch("x").exitCode == 69)
            try await repository.git("init", "-q", "--bare", repository.scratch.path + "/bare.git")
            let bare = try await repository.at(repository.scratch.path + "/bare.git").patch("x", "--json")
            #expect(bare.exitCode == 69)
            #expect(bare.output.contains("bare-repository"))
        }
    }
}

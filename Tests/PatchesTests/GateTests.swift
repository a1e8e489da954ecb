import Foundation
import GitValues
import SuiteTestSupport
import Testing

/// What must go well before there is a patch: hooks, `--run`, `--test`, and signals meanwhile.
struct GateTests {
    private func hook(_ repository: TestRepository, _ name: String, _ script: String) throws {
        try repository.write(".git/hooks/" + name, "#!/bin/sh\n" + script + "\n", executable: true)
    }

    @Test func aHookThatEmptiesTheChangeIsARefusal() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try hook(repository, "pre-commit", "git reset -q")
            try repository.write("a", "b\n")
            for arguments in [["x"], ["x", "--stay"], ["x", "--return"]] {
                let before = try await RepositoryState.read(repository)
                let result = try await repository.run("git-patch", arguments + ["--json"])
                #expect(result.exitCode == 1)
                #expect(result.output.contains("\"nothing-to-do\""), "\(result)")
                #expect(try await RepositoryState.read(repository) == before)
            }
            try await repository.mustPatch("x", "--no-verify")
            try repository.write("a", "c\n")
            let update = try await repository.patch("update")
            #expect(update.exitCode == 1)
            #expect(update.errorOutput.contains("pre-commit hook left nothing to commit"))
        }
    }

    @Test func aMessageThatWouldBeDamagedIsRefused() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try hook(repository, "commit-msg", "printf 'caf\\351\\n' >\"$1\"")
            try repository.write("a", "b\n")
            let before = try await RepositoryState.read(repository)
            let result = try await repository.run("git-patch", ["x", "--json"])
            #expect(result.exitCode == 1)
            #expect(result.output.contains("\"bad-message\""), "\(result)")
            #expect(try await RepositoryState.read(repository).files == before.files)
        }
    }

    @Test(arguments: [
        ["--branch", "main"], ["--target", "nope"], ["--base", "nope"], ["--stack"], ["--branch", "a..b"],
    ])
    func nothingIsRunForARequestThatCannotBeMet(_ arguments: [String]) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            let result = try await repository.run("git-patch", ["x", "--run", "echo b >a; touch ran"] + arguments)
            #expect(!result.succeeded)
            #expect(repository.read("a") == "a\n")
            #expect(!repository.exists("ran"))
        }
    }

    @Test func aPlanSaysWhatWouldBeRun() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            let plan = try await repository.mustPatch("x", "--dry-run", "--run", "touch ran", "--test", "touch tested")
            #expect(plan.errorOutput.contains("'touch ran'") && plan.errorOutput.contains("'touch tested'"))
            #expect(!repository.exists("ran") && !repository.exists("tested"))
            let json = try await repository.mustPatch("x", "--dry-run", "--run", "touch ran", "--json")
            #expect(json.output.contains("\"commands\":[\"touch ran\"]"), "\(json)")
        }
    }

    // A shell without a terminal starts background jobs with INT ignored, and what is ignored stays so.
    @Test(arguments: ["TERM", "HUP"], ["--test", "--run"])
    func aSignalEndsTheCommandAndLeavesNothing(_ signal: String, _ option: String) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("a", "b\n")
            let before = try await RepositoryState.read(repository)
            let pid = repository.scratch.path + "/pid"
            // The signal goes to git-patch alone, once its command runs.
            let script = """
                "$1" x \(option) 'echo $$ >\(pid).new && mv \(pid).new \(pid) && exec sleep 1000' & tool=$!
                while [ ! -e \(pid) ]; do sleep 0.05; done
                kill -s \(signal) $tool
                wait $tool
                """
            let tool = productsDirectory + "/git-patch"
            let result = try await repository.run("bash", ["-c", script, "sh", tool])
            let number = ["TERM": 15, "HUP": 1][signal] ?? 0
            #expect(result.exitCode == Int32(128 + number), "\(result)")
            let command = try #require(
                Int32(String(contentsOfFile: pid, encoding: .utf8).trimmingCharacters(in: .newlines)))
            #expect(kill(command, 0) != 0)
            #expect(try await RepositoryState.read(repository) == before)
            #expect(try await repository.git("worktree", "list").split(separator: "\n").count == 1)
            #expect(try await repository.locks() == [])
        }
    }

    @Test func theNextCommandTidiesAfterAKill() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "a\n"])
            try repository.write("a", "b\n")
            let killed = try await repository.patch("x", "--test", "kill -9 $PPID; sleep 1000")
            #expect(!killed.succeeded)
            #expect(try await repository.git("worktree", "list").split(separator: "\n").count == 2)
            try await repository.mustPatch("x")
            #expect(try await repository.git("worktree", "list").split(separator: "\n").count == 1)
            #expect(!repository.exists(".git/worktrees/test"))
        }
    }

    @Test func returnLeavesSubmodulesAsTheyWere() async throws {
        try await TestRepository.with { repository in
            let module = try await repository.clone(repository.path, as: "module")
            try await module.commit("one", files: ["m": "1\n"])
            try await module.commit("two", files: ["m": "2\n"])
            try await repository.commit("first", files: ["a": "a\n"])
            for name in ["moved", "dirty"] {
                try await repository.git(
                    "-c", "protocol.file.allow=always", "submodule", "add", "-q", module.path, name)
            }
            try await repository.commit("modules")
            try await repository.git("-C", "moved", "checkout", "-q", "HEAD~1")
            try repository.write("dirty/m", "3\n")
            try repository.write("a", "b\n")
            let result = try await repository.mustPatch("x", "--return")
            #expect(result.errorOutput.contains("'moved' is a submodule"), "\(result)")
            #expect(result.errorOutput.contains("submodule 'dirty' has changes of its own"), "\(result)")
            #expect(try await repository.git("diff", "--cached", "--name-only") == "")
            #expect(try await repository.git("diff", "--name-only") == "dirty\nmoved")
            #expect(repository.read("dirty/m") == "3\n")
            #expect(repository.read("a") == "a\n")
        }
    }
}

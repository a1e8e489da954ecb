import Foundation
import SuiteTestSupport
import Testing

/// Promise 3: checks see the commit's tree and nothing else.
struct ExactTreeTests {
    static let grep = """
        [check "content"]
            run = "grep -qx GOOD src.txt && test ! -e extra"

        """

    @Test func unstagedWorkDoesNotHideABadCommit() async throws {
        try await CheckedRepository.with(Self.grep, files: ["src.txt": "BAD\n"]) { desk in
            try desk.repository.write("src.txt", "GOOD\n")
            #expect(try await desk.report().outcome == "failed")
            try await desk.repository.git("add", "src.txt")
            #expect(try await desk.report().outcome == "failed")
            #expect(desk.repository.read("src.txt") == "GOOD\n")
        }
    }

    @Test func dirtyWorkDoesNotSpoilAGoodCommit() async throws {
        try await CheckedRepository.with(Self.grep, files: ["src.txt": "GOOD\n"]) { desk in
            try desk.repository.write("src.txt", "BAD\n")
            try desk.repository.write("extra", "untracked\n")
            let status = try await desk.repository.git("status", "--porcelain")
            #expect(try await desk.report().outcome == "passed")
            #expect(try await desk.repository.git("status", "--porcelain") == status)
        }
    }

    @Test func anotherRevisionIsJudgedByItsOwnTree() async throws {
        try await CheckedRepository.with(Self.grep, files: ["src.txt": "GOOD\n"]) { desk in
            try await desk.repository.commit("two", files: ["src.txt": "BAD\n"])
            #expect(try await desk.report().outcome == "failed")
            #expect(try await desk.report("HEAD~1").outcome == "passed")
            let tree = try await desk.repository.git("rev-parse", "HEAD~1^{tree}")
            #expect(try await desk.report(tree).outcome == "passed")
            #expect(try await desk.report(tree).tree == tree)
        }
    }

    @Test func whatAnEarlierRunLeftIsGoneExceptKeptFolders() async throws {
        let checks = """
            [check "leave"]
                run = "ls -A | grep -c . ; test ! -e junk && test ! -e deep && mkdir -p deep/er kept && touch junk kept/x deep/er/y && chmod 555 deep/er && git init -q nested"
                cacheDir = kept
            [check "kept"]
                run = "test -e kept/x"
                needs = leave

            """
        try await CheckedRepository.with(checks) { desk in
            #expect(try await desk.report().outcome == "passed")
            #expect(try await desk.report("--no-cache").outcome == "passed")
            let worktree = desk.repository.path + "/.git/gitpatch/worktrees/1"
            _ = try await desk.report("--no-cache", "--check", "leave")
            #expect(FileManager.default.fileExists(atPath: worktree + "/kept/x"))
        }
    }

    @Test func aCheckThatRewritesTrackedFilesDeceivesNoOther() async throws {
        let checks = """
            [check "fixer"]
                run = "echo GOOD > src.txt"
            [check "content"]
                run = "grep -qx GOOD src.txt"
                needs = fixer

            """
        try await CheckedRepository.with(checks, files: ["src.txt": "BAD\n"]) { desk in
            let report = try await desk.report()
            #expect(report.outcomes == ["fixer": "passed", "content": "failed"])
            #expect(report.warnings?.contains { $0.contains("src.txt") } == true)
        }
    }

    @Test func aCheckBesideOneThatRewritesFilesRunsAgain() async throws {
        let checks = """
            [check "fixer"]
                run = "echo GOOD > src.txt; sleep 0.6"
            [check "content"]
                run = "sleep 0.3; grep -qx GOOD src.txt"

            """
        try await CheckedRepository.with(checks, files: ["src.txt": "BAD\n"]) { desk in
            let report = try await desk.report("--jobs", "2")
            #expect(report.outcomes["content"] == "failed")
        }
    }

    @Test func indexTricksOfACheckDoNotSurvive() async throws {
        let checks = """
            [check "trick"]
                run = "grep -qx GOOD src.txt && git update-index --assume-unchanged src.txt && echo BAD > src.txt && git rm -q --cached other.txt && git checkout -q --orphan elsewhere"

            """
        try await CheckedRepository.with(checks, files: ["src.txt": "GOOD\n", "other.txt": "x\n"]) { desk in
            let main = try await desk.repository.id("refs/heads/main")
            #expect(try await desk.report().outcome == "passed")
            try await desk.repository.commit("two", files: ["other.txt": "y\n"])
            #expect(try await desk.report("--no-cache").outcome == "passed")
            #expect(try await desk.repository.id("refs/heads/main~1") == main)
        }
    }

    /// `.git` in a folder of the tree is what git itself never cleans; a kept folder keeps it.
    @Test func aRepositoryThatACheckMadeIsNotThereForTheNextRun() async throws {
        let checks = """
            [check "nest"]
                run = "test ! -e d/.git && test ! -e e && git init -q d && git init -q e/f && git init -q kept/g"
                cacheDir = kept

            """
        try await CheckedRepository.with(checks, files: ["d/x.txt": "x\n"]) { desk in
            #expect(try await desk.report().outcome == "passed")
            #expect(try await desk.report("--no-cache").outcome == "passed")
            let kept = desk.repository.path + "/.git/gitpatch/worktrees/1/kept/g/.git"
            #expect(FileManager.default.fileExists(atPath: kept))
            try await desk.repository.commit("two", files: ["y.txt": "y\n"])
            #expect(try await desk.report().outcome == "passed")
        }
    }

    @Test(arguments: ["GIT_OPTIONAL_LOCKS", "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"])
    func attributesOfTheCommitDecideHowFilesAreWritten(variable: String) async throws {
        let checks = """
            [check "ending"]
                run = "if test -e .gitattributes; then grep -q $(printf '\\\\r') a.txt; else ! grep -q $(printf '\\\\r') a.txt; fi"

            """
        try await CheckedRepository.with(checks, files: ["a.txt": "one\n"]) { plain in
            let desk = CheckedRepository(repository: plain.repository.with(environment: [variable: "1"]))
            #expect(try await desk.report().outcome == "passed")
            try await desk.repository.commit("two", files: [".gitattributes": "*.txt text eol=crlf\n"])
            #expect(try await desk.report().outcome == "passed")
            #expect(try await desk.report("--no-cache", "HEAD~1").outcome == "passed")
        }
    }

    @Test func switchingTouchesOnlyFilesThatDiffer() async throws {
        let files = ["same.txt": "1\n", "src.txt": "GOOD\n"]
        try await CheckedRepository.with(Self.grep, files: files) { desk in
            #expect(try await desk.report().outcome == "passed")
            let worktree = desk.repository.path + "/.git/gitpatch/worktrees/1"
            func inode(_ name: String) throws -> Int? {
                try FileManager.default.attributesOfItem(atPath: worktree + name)[.systemFileNumber] as? Int
            }
            let before = try (inode("/same.txt"), inode("/src.txt"))
            try await desk.repository.commit("two", files: ["src.txt": "GOOD\n\n"])
            #expect(try await desk.report().outcome == "passed")
            #expect(try inode("/same.txt") == before.0)
            #expect(try String(contentsOfFile: worktree + "/src.txt", encoding: .utf8) == "GOOD\n\n")
        }
    }
}

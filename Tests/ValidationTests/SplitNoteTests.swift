import SuiteTestSupport
import Testing

/// No name is in no part, whatever parts see and whatever is recorded.
struct SplitNoteTests {
    @Test func namesThatAPartMakesAreNoticed() async throws {
        // The first part makes a name, so that the second would divide others.
        let checks = """
            [check "unit"]
                run = "t=$(ls tests | git validate split) && for n in $t; do sh tests/$n || exit 1; done"
                shards = 2

            """
        let files = ["tests/b": "echo > tests/a\n", "tests/c": "exit 1\n", "tests/d": "true\n"]
        try await CheckedRepository.with(checks, files: files) { desk in
            let said = try await desk.validate("-j1")
            #expect(said.exitCode == 1)
            let words = said.output + said.errorOutput
            #expect(words.contains("another part of this check was given other names"), "\(said)")
            // By itself the part sees what the tree has, and finds the test that fails.
            #expect(try await desk.report("-j1").outcome == "failed")
        }
    }

    @Test func timesThatDivideOtherwiseMakeAllPartsRunAgain() async throws {
        func times(_ seconds: [Int]) -> String {
            let cases = zip("abcd", seconds).map { "<testcase name=\"\($0)\" time=\"\($1)\"/>" }
            return "<testsuite>\(cases.joined())</testsuite>\n"
        }
        let checks = """
            [check "unit"]
                run = "t=$(ls tests | git validate split --timings t.xml) && for n in $t; do sh tests/$n || exit 1; done"
                input = tests/**
                shards = 2

            """
        let tests = ["tests/a": "true\n", "tests/b": "exit 1\n", "tests/c": "true\n", "tests/d": "true\n"]
        try await CheckedRepository.with(checks, files: tests.merging(["t.xml": times([8, 4, 2, 1])]) { $1 }) { desk in
            #expect(try await desk.report().outcome == "failed")
            try await desk.repository.commit("times", files: ["t.xml": times([1, 8, 4, 2])])
            #expect(try await desk.report().outcome == "failed")
            try await desk.repository.commit("more times", files: ["t.xml": times([4, 1, 8, 2])])
            #expect(try await desk.report().outcome == "failed")
        }
    }

    @Test func whatIsRunAgainDividesTheSame() async throws {
        let checks = """
            [check "unit"]
                run = "t=$(ls tests | git validate split) && for n in $t; do sh tests/$n || exit 1; done"
                shards = 2

            """
        let files = ["tests/b": "test -e $HOME/mended\n", "tests/c": "true\n"]
        try await CheckedRepository.with(checks, files: files) { desk in
            #expect(try await desk.report().outcome == "failed")
            _ = try await desk.repository.run("sh", ["-c", "touch \"$HOME/mended\""])
            #expect(try await desk.report().outcome == "passed")
            #expect(try await desk.report("--no-cache").outcome == "passed")
        }
    }
}

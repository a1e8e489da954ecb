import GitValues
import SuiteTestSupport
import Testing

/// Patterns of paths, with git's own ignore rules as the oracle.
struct PathPatternTests {
    @Test(arguments: [
        ("Sources/**", "Sources/a.swift", true), ("Sources/**", "Sources/a/b.swift", true),
        ("Sources/**", "Tests/Sources/a", false), ("**/x", "x", true), ("**/x", "a/b/x", true), ("**/x", "a/xy", false),
        ("*.md", "README.md", true), ("*.md", "docs/a.md", true), ("*.md", "README.mdx", false),
        ("docs/", "docs/a", true), ("docs/", "a/docs/b", true), ("docs/", "docs", false), ("/docs", "docs/x", true),
        ("/docs", "a/docs", false), ("a/**/b", "a/b", true), ("a/**/b", "a/x/y/b", true), ("a*b", "a/b", false),
        ("a?c", "abc", true), ("[a-c]x", "bx", true), ("[!a]x", "bx", true), ("\\*", "*", true), ("\\*", "x", false),
    ])
    func matches(_ pattern: String, _ path: String, _ expected: Bool) throws {
        #expect(try PathPattern(pattern).matches(path) == expected)
    }

    @Test(arguments: [
        ("", PathPattern.Flaw.empty), ("/", .empty), ("!x", .negated), ("[a", .unclosed), ("[[:nope:]]", .unclosed),
        ("a\\", .escape), ("../x", .outside), ("a//b", .outside), ("./a", .outside),
    ])
    func refusesWhatCannotMatch(_ pattern: String, _ flaw: PathPattern.Flaw) {
        #expect(throws: flaw) { try PathPattern(pattern) }
    }

    @Test func bytesThatAreNoUTF8Match() throws {
        let pattern = try PathPattern(bytes: Array("d/".utf8) + [0xE4] + Array("*".utf8))
        #expect(pattern.matches(Array("d/".utf8) + [0xE4, 0x78]))
        #expect(!pattern.matches(Array("d/ä".utf8)))
    }

    @Test func manyStarsTakeNoTime() throws {
        // Backtracking would need more steps than there are atoms in the universe.
        let pattern = try PathPattern(String(repeating: "*a", count: 60) + "b")
        #expect(!pattern.matches(String(repeating: "a", count: 500)))
    }

    @Test(arguments: 0..<10) func agreesWithGitIgnore(_ seed: UInt64) async throws {
        try await TestRepository.with { repository in
            var generator = SeededGenerator(seed)
            let pieces = [
                "a", "b", "x.md", "/", "/", "*", "**", "**/", "/**", "?", "[ab]", "[!a]", "[^b-d]", "[]a]", "[a-]",
                "[[:alpha:]]",
                "\\a", "\\*", "c", ".", "[\\]]", "[[:digit:]x]", "***", "é", "[a", "[[:", "[b-a]", "[a-c-e]",
            ]
            for _ in 0..<25 {
                let text = generator.text(of: pieces, upTo: 5)
                guard let pattern = try? PathPattern(text) else { continue }  // Refused ones have a test above.
                let paths = Set((0..<40).map { _ in path(&generator) }).sorted()
                try repository.write(".git/info/exclude", text + "\n")
                let answer = try await repository.tryGit(
                    ["-c", "core.excludesFile=", "check-ignore", "--no-index", "-z", "--stdin"],
                    input: paths.joined(separator: "\0"))
                let ignored = Set(answer.output.split(separator: "\0").map(String.init))
                for path in paths {
                    #expect(
                        pattern.matches(path) == ignored.contains(path),
                        "seed \(seed): pattern '\(text)', path '\(path)'")
                }
            }
        }
    }

    private func path(_ generator: inout SeededGenerator) -> String {
        let names = ["a", "b", "c", "x.md", "ab", "*", "]", "-", "é", ".a", "d", "1", "aa", "x", "^", "e"]
        return (0..<Int.random(in: 1...4, using: &generator)).map { _ in generator.pick(names) ?? "a" }
            .joined(separator: "/")
    }
}

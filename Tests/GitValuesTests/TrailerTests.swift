import GitValues
import SuiteTestSupport
import Testing

/// Trailers, with `git interpret-trailers` as the oracle.
struct TrailerTests {
    @Test(arguments: 0..<8) func readsWhatGitReads(_ seed: UInt64) async throws {
        try await TestRepository.with { repository in
            var generator = SeededGenerator(seed)
            var found = 0
            for _ in 0..<50 {
                let text = CommitMessage.clean(message(&generator))
                let parsed = try await repository.tryGit(
                    ["interpret-trailers", "--parse", "--no-divider"], input: text)
                let ours = CommitMessage.trailers(of: text)
                let lines = ours.map { $0.value.isEmpty ? "\($0.key):" : "\($0.key): \($0.value)" }
                // Git writes "Key: " with a space for an empty value; the difference is in the writing only.
                let theirs = parsed.output.split(separator: "\n").map {
                    $0.hasSuffix(": ") ? String($0.dropLast()) : String($0)
                }
                #expect(lines == theirs, "seed \(seed): \(text.debugDescription)")
                found += ours.count
            }
            #expect(found > 5, "the generator makes too few trailers")
        }
    }

    @Test(arguments: 0..<4) func addsWhereGitAdds(_ seed: UInt64) async throws {
        try await TestRepository.with { repository in
            var generator = SeededGenerator(seed)
            for _ in 0..<40 {
                let text = CommitMessage.clean("Title\n" + message(&generator, of: canonical))
                let value = generator.pick(["Ada <ada@example.com>", "x", "#12"]) ?? "x"
                let added = try await repository.tryGit(
                    [
                        "interpret-trailers", "--no-divider", "--if-exists", "addIfDifferent", "--trailer",
                        "Reviewed-by: \(value)",
                    ], input: text)
                #expect(
                    CommitMessage.adding(trailers: [("Reviewed-by", value)], to: text) == added.output,
                    "seed \(seed): \(text.debugDescription)")
            }
        }
    }

    @Test func addingTwiceIsAddingOnce() {
        let trailers = [("Patch-Id", "1"), ("Reviewed-by", "A\nB")]
        let once = CommitMessage.adding(trailers: trailers, to: "T\n\nBody\n")
        #expect(once == "T\n\nBody\n\nPatch-Id: 1\nReviewed-by: A B\n")
        #expect(CommitMessage.adding(trailers: trailers, to: once) == once)
        #expect(CommitMessage.adding(trailers: [("A", "1"), ("A", "1")], to: "T") == "T\n\nA: 1\n")
        #expect(CommitMessage.adding(trailers: [("A", "x\r\n\nB: y")], to: "T") == "T\n\nA: x B: y\n")
        #expect(CommitMessage.adding(trailers: [("A", "1")], to: "") == "A: 1\n")
    }

    /// Git rewrites trailers that are written in another way; we leave them.
    private let canonical = [
        "Key: value", "Signed-off-by: A <a@b>", "(cherry picked from commit 123)", "text", "two words",
    ]

    private func message(_ generator: inout SeededGenerator, of lines: [String]? = nil) -> String {
        let lines =
            lines ?? [
                "Key: value", "Other-Key: v w", "Signed-off-by: A <a@b>", "(cherry picked from commit 123)", "text",
                "two words",
                " folded", "\tmore", "No-space:x", "a: b: c", "Spaced : v", ": none", "k-1: ", "Ünicode: x",
                "url http://x: y",
                "key words: v", "-: dash", "Key:value", "é: x",
            ]
        let gaps = ["\n", "\n", "\n", "\n\n"]
        return (0..<Int.random(in: 1...7, using: &generator)).map { _ in
            (generator.pick(lines) ?? "") + (generator.pick(gaps) ?? "")
        }.joined()
    }
}

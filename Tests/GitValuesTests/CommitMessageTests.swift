import GitValues
import SuiteTestSupport
import Testing

/// Cleaning and cutting of messages, with git as the oracle.
struct CommitMessageTests {
    @Test(arguments: 0..<6) func cleansAsGitStripspaceDoes(_ seed: UInt64) async throws {
        try await TestRepository.with { repository in
            var generator = SeededGenerator(seed)
            for _ in 0..<50 {
                let text = message(&generator)
                let plain = try await repository.tryGit(["stripspace"], input: text)
                #expect(CommitMessage.clean(text) == plain.output, "seed \(seed): \(text.debugDescription)")
                let stripped = try await repository.tryGit(["stripspace", "-s"], input: text)
                #expect(CommitMessage.clean(text, mode: .strip) == stripped.output, "\(seed): \(text.debugDescription)")
            }
        }
    }

    @Test(arguments: 0..<4) func titleAndBodyAreThoseOfGitLog(_ seed: UInt64) async throws {
        try await TestRepository.with { repository in
            var generator = SeededGenerator(seed)
            for _ in 0..<25 {
                let text = "x" + message(&generator)
                let tree = try await repository.git("write-tree")
                let commit = try await repository.git(["commit-tree", tree], input: text)
                let subject = try await repository.tryGit(["log", "-1", "--format=%s", commit]).output
                #expect(CommitMessage.title(of: text) + "\n" == subject, "seed \(seed): \(text.debugDescription)")
                let body = try await repository.tryGit(["log", "-1", "--format=%b", commit]).output
                #expect(CommitMessage.body(of: text) == CommitMessage.clean(body), "\(seed): \(text.debugDescription)")
            }
        }
    }

    @Test(arguments: CommitMessage.Cleanup.allCases) func cleansAsGitCommitDoes(_ mode: CommitMessage.Cleanup)
        async throws
    {
        let text =
            "\n\nTitle  \n# a comment\n\n\n\nBody\t\n \n# ------------------------ >8 ------------------------\ncut\n"
        try await TestRepository.with { repository in
            try repository.write("message", text)
            // Only a message that went through the editor is cut at the scissors.
            let editing = repository.with(environment: ["GIT_EDITOR": ":"])
            try await editing.git(
                ["commit", "-q", "--allow-empty", "-F", "message", "--cleanup=\(mode.rawValue)"]
                    + (mode == .scissors ? ["-e"] : []))
            let stored = try await repository.tryGit(["cat-file", "commit", "HEAD"]).output
            let message = stored.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)[1]
            #expect(CommitMessage.clean(text, mode: mode) == message)
        }
    }

    @Test func windowsLineEndsAndOddBytes() {
        #expect(CommitMessage.clean("a\r\n\r\n\r\nb\r\n") == "a\n\nb\n")
        #expect(CommitMessage.clean("#\u{301} accent\nx", mode: .strip) == "x\n")
        #expect(CommitMessage.clean([0xE4, 0x20, 0x0A]) == [0xE4, 0x0A])
        #expect(CommitMessage.clean(";c\nx", mode: .strip, comment: ";") == "x\n")
        #expect(CommitMessage.clean(" \n\t\n") == "")
    }

    private func message(_ generator: inout SeededGenerator) -> String {
        let pieces = [
            "a", "Title", " ", "  ", "\t", "\n", "\n", "\n\n", "\r\n", "\r", "# c", "#", " #", "\u{0B}", "\u{0C}", "é",
            "👩‍👩‍👧",
            "\u{301}", "\u{2028}", "\u{A0}", "b: c", "---", "\u{1}",
        ]
        return generator.text(of: pieces, upTo: 16)
    }
}

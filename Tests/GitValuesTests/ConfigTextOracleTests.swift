import Foundation
import GitValues
import SuiteTestSupport
import Testing

/// More seeds on demand: `GITPATCH_SEEDS=200 swift test --filter Oracle`.
private let seeds: Range<UInt64> = 0..<(ProcessInfo.processInfo.environment["GITPATCH_SEEDS"].flatMap(UInt64.init) ?? 8)

/// Random texts, read by us and by `git config --file`: both refuse, or both read the same.
struct ConfigTextOracleTests {
    @Test(arguments: seeds) func readsWhatGitReads(_ seed: UInt64) async throws {
        try await TestRepository.with { repository in
            var generator = SeededGenerator(seed)
            var agreed = 0
            for _ in 0..<60 {
                let bytes = Bool.random(using: &generator) ? soup(&generator) : almostRight(&generator)
                try repository.write("config.txt", bytes: bytes)
                let listed = try await repository.tryGit([
                    "config", "--file", "config.txt", "--no-includes", "--list", "-z",
                ])
                let ours = listing(bytes)
                let shown = Comment(
                    rawValue: "seed \(seed): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
                #expect((ours != nil) == listed.succeeded, shown)
                guard let ours, listed.succeeded else { continue }
                #expect(blanksAlike(ours) == blanksAlike(listed.outputBytes), shown)
                if !ours.isEmpty { agreed += 1 }
            }
            #expect(agreed > 5, "the generator makes too little that git accepts")
        }
    }

    /// Our reading in git's own form: `name LF value NUL`, a bare key without the line feed.
    private func listing(_ bytes: [UInt8]) -> [UInt8]? {
        guard let text = try? ConfigText.parse(bytes) else { return nil }  // Refusal is an answer here.
        return text.entries.flatMap { entry in
            Array(entry.name.utf8) + (entry.bytes.map { [0x0A] + $0 } ?? []) + [0]
        }
    }

    /// Before 2.45 git turned each unquoted tab inside a value into a space; the difference is known and wanted.
    private func blanksAlike(_ bytes: [UInt8]) -> [UInt8] { bytes.map { $0 == 0x09 || $0 == 0x0D ? 0x20 : $0 } }

    private func soup(_ generator: inout SeededGenerator) -> [UInt8] {
        let pieces = [
            "[", "]", "a", "B", "z9", "-", ".", "\"", "\\", "\n", "\r\n", "\r", " ", "\t", "=", "#", ";", "\\\n", "\\t",
            "\\\"", "[s]\n", "[s \"t\"]\n", "k = v\n", "é", "\u{FEFF}", "_", "\\\r\n", "\u{0B}",
        ]
        return Array(generator.text(of: pieces, upTo: 14).utf8)
    }

    private func almostRight(_ generator: inout SeededGenerator) -> [UInt8] {
        let sections = [
            "[core]", "[a.B]", "[check \"Unit.x\"]", "[x \"\"]", "[ \"y\"]", "[x \t \"q\\\"\\\\r\\z\"]", "[p-q]",
        ]
        let keys = ["k", "Key", "a-b", "k1", "long-Key9"]
        let values = [
            " = v", "", " =", "= \"a b\" c ", " = x ; y", " = \"x ; y\" # z", " = x\\\n  y", " = \\t\\n\\\\", " = a\tb",
            " =  \"\"  ", " = \"a\\\nb\"", " = a \\\n \"b\" \\", " = ünï", " = a\"b\"c", " = \" \\\"\" ",
            " = x\\\r\n y", " = a  b",
        ]
        var text =
            Bool.random(using: &generator) ? "" : generator.text(of: ["\u{FEFF}", "# c\n", "\n", "k = v\n"], upTo: 2)
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            text +=
                (generator.pick(sections) ?? "") + (generator.pick(["\n", "\r\n", " ", "\n\n", " # c\n", ""]) ?? "")
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                text += generator.pick(["", "  ", "\t"]) ?? ""
                text += (generator.pick(keys) ?? "") + (generator.pick(values) ?? "")
                text += generator.pick(["\n", "\r\n", "\n", " \n", "\t\r\n"]) ?? ""
            }
        }
        return Array(text.utf8)
    }
}

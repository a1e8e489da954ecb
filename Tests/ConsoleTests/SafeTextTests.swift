import Console
import SuiteTestSupport
import Testing

/// Text from outside may not act on the terminal.
struct SafeTextTests {
    @Test(arguments: [
        ("\u{1B}[31mred", "?[31mred"), ("a\u{7}b", "a?b"), ("\u{9B}2J", "?2J"), ("a\nb", "a b"), ("a\r\nb", "a b"),
        ("a\rb", "a?b"), ("\u{202E}evil", "?evil"), ("\u{2066}x\u{2069}", "?x?"), ("\u{61C}", "?"), ("\u{7F}", "?"),
        ("a\u{2028}b", "a?b"), ("é 王 👩‍👩‍👧", "é 王 👩‍👩‍👧"), ("", ""), ("\u{1B}\u{301}", "?\u{301}"), ("\t", " "),
    ])
    func oneLine(_ text: String, _ safe: String) { #expect(safeForTerminal(text) == safe) }

    @Test func severalLinesKeepLineFeedsAndTabs() {
        #expect(safeForTerminal("a\r\n\tb\n\u{1B}c", multiline: true) == "a\n\tb\n?c")
    }

    @Test func onlyOurOwnStylesAreKept() {
        #expect(safeForTerminal("\u{1B}[31mx\u{1B}[0m", keepsStyles: true) == "\u{1B}[31mx\u{1B}[0m")
        for text in ["\u{1B}[2J", "\u{1B}]0;x\u{7}", "\u{1B}", "\u{1B}[", "\u{1B}[31", "\u{1B}[999m", "\u{1B}[m"] {
            let safe = safeForTerminal(text, keepsStyles: true)
            #expect(!safe.unicodeScalars.contains { $0.value == 0x1B || $0.value == 7 }, "\(safe)")
        }
    }

    @Test(arguments: 0..<5) func nothingThatControlsGetsThrough(_ seed: UInt64) {
        var generator = SeededGenerator(seed)
        for _ in 0..<2000 {
            var text = String.UnicodeScalarView()
            for _ in 0..<8 {
                let bound: UInt32 = generator.pick([0x20, 0xA0, 0x2070, 0x10FFFF]) ?? 0
                if let scalar = Unicode.Scalar(UInt32.random(in: 0...bound, using: &generator)) { text.append(scalar) }
            }
            let safe = safeForTerminal(String(text), multiline: Bool.random(using: &generator))
            #expect(
                safe.unicodeScalars.allSatisfy { $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control }
            )
            #expect(safeForTerminal(safe, multiline: true) == safe, "what is safe stays as it is")
        }
    }
}

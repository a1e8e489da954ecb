import Console
import SuiteTestSupport
import Testing

/// Columns align whatever stands in them.
struct TableTests {
    @Test func columnsAlignWithWideAndStyledText() {
        var table = Table()
        table.add(["id", "title", "state"])
        table.add(["1", "修正する", "open"])
        table.add(["22", TextStyle.red.apply(to: "e\u{301}", enabled: true), "x"])
        table.add(["3"])
        #expect(
            table.lines() == [
                "id  title     state", "1   修正する  open", "22  \u{1B}[31me\u{301}\u{1B}[0m         x", "3",
            ])
    }

    @Test func longLinesAreCutToTheWidth() {
        var table = Table()
        table.add(["a", String(repeating: "王", count: 20)])
        table.add(["b", TextStyle.bold.apply(to: "0123456789012345", enabled: true)])
        let lines = table.lines(width: 12)
        #expect(lines == ["a  王王王王…", "b  \u{1B}[1m01234567…\u{1B}[0m"])
        #expect(lines.allSatisfy { displayWidth($0) <= 12 })
    }

    @Test(arguments: 0..<4) func noLineIsWiderThanAsked(_ seed: UInt64) {
        var generator = SeededGenerator(seed)
        let pieces = ["a", " ", "王", "👩‍👩‍👧", "é", "e\u{301}", "❤️", "\u{1B}[31m", "\u{1B}[0m", "🇩🇪", "x"]
        for _ in 0..<300 {
            var table = Table()
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                table.add((0..<3).map { _ in generator.text(of: pieces, upTo: 12) })
            }
            let width = Int.random(in: 2...40, using: &generator)
            for line in table.lines(width: width) { #expect(displayWidth(line) <= width, "\(line.debugDescription)") }
            #expect(table.lines().allSatisfy { $0.last != " " })
        }
    }

    @Test(arguments: [
        ("abc", 3), ("王", 2), ("👩‍👩‍👧", 2), ("🇩🇪", 2), ("❤️", 2), ("❤", 1), ("e\u{301}", 1), ("\u{1B}[1;31mx\u{1B}[0m", 1),
        ("", 0), ("ｱ", 1), ("Ａ", 2), ("\u{200B}", 0), ("한글", 4), ("…", 1), ("\u{1B}[", 0),
    ])
    func widths(_ text: String, _ width: Int) { #expect(displayWidth(text) == width) }

    @Test func emptyTables() {
        #expect(Table().isEmpty && Table().lines().isEmpty)
        var table = Table()
        table.add([])
        #expect(!table.isEmpty && table.lines() == [""])
    }
}

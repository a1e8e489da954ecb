import Synchronization

/// Counts what well-known test runners say of how many tests they ran, from the output of a check as it comes.
///
/// A runner that found nothing mostly ends with 0. Nothing tested is not passed, so such a check does not pass.
/// A check may start several runners, or one that tells a number for each package: the sum counts.
final class TestTally: Sendable {
    private struct State {
        var line: [UInt8] = []
        var wasTold = false
        var count = 0
    }

    private let state = Mutex(State())
    /// Lines that are longer tell something else.
    private static let longest = 300

    /// Takes a piece of output.
    func take(_ bytes: [UInt8]) {
        state.withLock { state in
            for byte in bytes {
                if byte == UInt8(ascii: "\n") {
                    TestTally.close(&state)
                } else if state.line.count <= TestTally.longest {
                    state.line.append(byte)
                }
            }
        }
    }

    /// Whether a known runner spoke, and all of them together ran no test.
    var foundNoTest: Bool {
        state.withLock { state in
            TestTally.close(&state)
            return state.wasTold && state.count == 0
        }
    }

    private static func close(_ state: inout State) {
        if let count = TestTally.count(in: state.line) {
            state.wasTold = true
            state.count += count
        }
        state.line.removeAll(keepingCapacity: true)
    }

    /// How many tests a line says were run; `nil` when it says nothing about that.
    static func count(in line: [UInt8]) -> Int? {
        guard (4...longest).contains(line.count) else { return nil }
        let text = plain(line)
        for phrase in nothingFound where text.hasPrefix(phrase) { return 0 }
        if text.hasPrefix("?") && text.hasSuffix("[no test files]") { return 0 }
        if text.hasPrefix("ok ") || text.hasPrefix("ok\t") {
            return text.hasSuffix("[no tests to run]") ? 0 : goPackage(text)
        }
        for shape in shapes {
            if let count = shape.count(in: text) { return count }
        }
        return nil
    }

    /// `ok  	example.com/x	0.01s` of `go test`; not the `ok 1 - name` of the Test Anything Protocol.
    private static func goPackage(_ text: String) -> Int? {
        let words = text.split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard words.count >= 3, words[2].hasSuffix("s") || words[2] == "(cached)" else { return nil }
        return 1
    }

    /// Lines of runners that looked and found nothing.
    private static let nothingFound = [
        "no tests ran", "collected 0 items", "No tests found", "No test files found", "No tests were found",
        "error: no tests to run", "No test is available in",
    ]

    /// `before NUMBER after`, where the line begins with `before` and, without an `after`, ends with the number.
    private struct Shape {
        let before: String
        let after: String
        /// Texts behind which further numbers stand that count as well.
        var more: [String] = []
        /// What the line must say as well: a number and a word alone are anybody's.
        var also: [String] = []

        func count(in text: String) -> Int? {
            guard text.hasPrefix(before) else { return nil }
            let rest = text.dropFirst(before.count)
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            let end = rest.dropFirst(digits.count)
            guard let number = Int(digits), after.isEmpty ? end.isEmpty : end.hasPrefix(after) else { return nil }
            if !also.isEmpty, !also.contains(where: { text.contains($0) }) { return nil }
            return more.reduce(number) { sum, word in sum + (Shape.number(behind: word, in: text) ?? 0) }
        }

        private static func number(behind word: String, in text: String) -> Int? {
            var rest = text[...]
            while !rest.isEmpty {
                if rest.hasPrefix(word) { return Int(rest.dropFirst(word.count).prefix { $0.isASCII && $0.isNumber }) }
                rest = rest.dropFirst()
            }
            return nil
        }
    }

    private static let shapes = [
        Shape(before: "Executed ", after: " test"),  // XCTest
        Shape(before: "Test run with ", after: " test"),  // Swift Testing
        Shape(before: "running ", after: " test"),  // cargo test
        Shape(before: "Ran ", after: " test"),  // unittest
        Shape(before: "collected ", after: " item"),  // pytest
        Shape(before: "Tests run: ", after: ","),  // surefire
        Shape(before: "Tests Passed: ", after: ",", more: ["Failed: "]),  // Pester
        Shape(before: "# tests ", after: ""),  // node --test
        Shape(before: "tests ", after: ""),  // node --test, its sign left out
        Shape(before: "1..", after: ""),  // Test Anything Protocol
        Shape(before: "", after: " example", also: [" failure"]),  // RSpec
        Shape(before: "", after: " passing", also: [" passing ("]),  // mocha
        Shape(before: "", after: " runs, ", also: [" assertions"]),  // minitest
    ]

    /// The line without colours, marks at its beginning and blanks around it.
    private static func plain(_ line: [UInt8]) -> String {
        var bytes: [UInt8] = []
        var isEscape = false
        for byte in line {
            if byte == 0x1B {
                isEscape = true
            } else if isEscape {
                if (0x40...0x7E).contains(byte) && byte != UInt8(ascii: "[") { isEscape = false }
            } else if byte >= 0x20 || byte == 0x09 {
                bytes.append(byte)
            }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let start = text.drop { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "#" || $0 == "?")) }
        var result = String(start.hasPrefix("INFO] ") ? start.dropFirst(6) : start)
        while result.last == " " || result.last == "\t" { result.removeLast() }
        return result
    }
}

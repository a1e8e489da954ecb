import Foundation
import Store
import SuiteTestSupport
import Testing

/// What is written says the same as what Foundation's encoder writes.
struct JSONTextTests {
    private enum Mood: String, Codable { case calm, wild }

    private enum Shape: Codable, Equatable {
        case dot
        case circle(radius: Double)
        case named(String, [Int])
    }

    private struct Inner: Codable, Equatable {
        var text: String
        var number: Int64?
        var nothing: String?
        var mood: Mood
    }

    private struct Everything: Codable, Equatable {
        var bool = true
        var small: UInt8 = 255
        var large = Int64.min
        var unsigned = UInt64.max
        var real = -0.000_012_5
        var whole = 3.0
        var huge = 1e300
        var single: Float = 0.1
        var texts: [String] = []
        var optional: [String?] = ["a", nil, ""]
        var byName: [String: Inner] = [:]
        var byNumber: [Int: [Bool]] = [7: [true, false], -1: []]
        var shapes: [Shape] = [.dot, .circle(radius: 0.5), .named("é", [1, 2])]
        var nested: [[Inner]] = []
        var empty: [String: String] = [:]
    }

    private static func sample(_ random: inout SeededGenerator) -> Everything {
        func text(_ random: inout SeededGenerator) -> String {
            let parts = [
                "", "plain", "\"", "\\", "/", "\n\r\t", "\u{0}\u{1}\u{1f}", "\u{7f}\u{9b}", "é€😀", "\u{202e}\u{2028}",
                "e\u{301}",
            ]
            return (0..<Int.random(in: 0..<5, using: &random)).map { _ in parts.randomElement(using: &random) ?? "" }
                .joined()
        }
        func inner(_ random: inout SeededGenerator) -> Inner {
            Inner(
                text: text(&random),
                number: Bool.random(using: &random) ? nil : Int64.random(in: .min ... .max, using: &random),
                mood: Bool.random(using: &random) ? .calm : .wild)
        }
        var value = Everything()
        value.real = Double.random(in: -1e6...1e6, using: &random)
        value.texts = [text(&random), text(&random)]
        for _ in 0..<3 {
            let name = text(&random)
            value.byName[name] = inner(&random)
        }
        value.nested = [[], [inner(&random), inner(&random)]]
        return value
    }

    @Test func everyValueSaysTheSameAsWithFoundation() throws {
        let oracle = JSONEncoder()
        var random = SeededGenerator(20_261_128)
        for _ in 0..<200 {
            let value = Self.sample(&random)
            for pretty in [false, true] {
                let text = try JSONText.encode(value, pretty: pretty)
                // Lone surrogates aside, every text is read back by both readers.
                #expect(try JSONText.decode(Everything.self, from: text) == value)
                let ours = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary
                let theirs = try JSONSerialization.jsonObject(with: try oracle.encode(value)) as? NSDictionary
                #expect(ours == theirs)
            }
        }
    }

    @Test func whatATerminalWouldObeyIsEscaped() throws {
        let text = try JSONText.encode(["\u{1b}[31m\u{9b}\u{202e}\u{7f}\u{2028}": "/"])
        #expect(text == #"{"\u001b[31m\u009b\u202e\u007f\u2028":"/"}"#)
    }

    @Test func keysAreSortedAndLinesMovedIn() throws {
        struct Document: Encodable {
            var zebra = 1
            var apple: [Int] = [1, 2]
            var none: [String] = []
            var maybe: String?
        }
        let pretty = """
            {
              "apple" : [
                1,
                2
              ],
              "none" : [],
              "zebra" : 1
            }
            """
        #expect(try JSONText.encode(Document(), pretty: true) == pretty)
        #expect(try JSONText.encode(Document()) == #"{"apple":[1,2],"none":[],"zebra":1}"#)
    }

    @Test func whatJSONDoesNotHaveIsAnError() {
        #expect(throws: EncodingError.self) { try JSONText.encode(["x": Double.nan]) }
        #expect(throws: EncodingError.self) { try JSONText.encode([Double.infinity]) }
    }
}

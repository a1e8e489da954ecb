import Store
import Validation

/// One SARIF 2.1.0 file of a run: what the checks themselves reported (`check.NAME.report`), byte for byte, and a run of
/// ours with a result for each check that did not pass.
enum SARIF {
    private struct Run: Encodable {
        struct Message: Encodable { var text: String }
        struct Rule: Encodable { var id: String }
        struct Driver: Encodable {
            var name = "git-validate"
            var rules: [Rule]
        }
        struct Tool: Encodable { var driver: Driver }
        struct Result: Encodable {
            var ruleId: String
            var level = "error"
            var message: Message
        }

        var tool: Tool
        var results: [Result]
    }

    /// The text of the file, and the reports of checks that are no SARIF.
    static func text(_ report: ValidationReport) throws -> (text: String, unread: [String]) {
        let bad = report.checks.filter { !$0.isGood }
        let own = Run(
            tool: .init(driver: .init(rules: bad.map { .init(id: $0.name) })),
            results: bad.map { check in
                let reason = check.reason ?? check.exit.map { "exit \($0)" } ?? check.outcome.rawValue
                return .init(ruleId: check.name, message: .init(text: "\(check.name) did not pass: \(reason)"))
            })
        var runs = [try JSONText.encode(own)]
        var unread: [String] = []
        for check in report.checks.flatMap(\.apart) {
            for kept in KeptReport.all(of: check) where kept.looksLikeSARIF {
                guard let inner = runsText(in: kept.bytes) else {
                    unread.append("\(check.name): \(kept.path)")
                    continue
                }
                if !inner.isEmpty { runs.append(String(decoding: inner, as: UTF8.self)) }
            }
        }
        let schema = "https://json.schemastore.org/sarif-2.1.0.json"
        let head = "{\"$schema\": \"\(schema)\", \"version\": \"2.1.0\", \"runs\": ["
        return (head + runs.joined(separator: ",\n") + "]}\n", unread)
    }

    /// What stands between the brackets of the member `runs` of an object; `nil` when the text is no such object.
    static func runsText(in bytes: [UInt8]) -> ArraySlice<UInt8>? {
        var depth = 0
        var start: Int?
        var isString = false
        var isEscaped = false
        var word = 0
        var last: ArraySlice<UInt8> = []
        var found: ArraySlice<UInt8>?
        for (index, byte) in bytes.enumerated() {
            if isString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte
                    == UInt8(ascii: "\"")
                {
                    isString = false
                    if depth == 1 { last = bytes[word..<index] }
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                isString = true
                word = index + 1
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                if depth == 2, byte == UInt8(ascii: "["), last.elementsEqual("runs".utf8) { start = index + 1 }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 2, let begin = start {
                    found = bytes[begin..<index]
                    start = nil
                }
                depth -= 1
                if depth < 0 { return nil }
            case UInt8(ascii: ","): if depth == 1 { last = [] }
            default: break
            }
        }
        guard depth == 0, !isString, let found else { return nil }
        return found.allSatisfy({ $0 <= 0x20 }) ? [] : found
    }
}

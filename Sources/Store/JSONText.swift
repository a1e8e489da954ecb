#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// JSON as the suite writes and reads it: sorted keys, slashes as they are, absent optionals left out.
///
/// Characters that a terminal would obey (DEL, C1, signs that turn the direction of text) are written as escapes.
package enum JSONText {
    /// Returns a value as JSON; on one line unless `pretty`.
    package static func encode(_ value: some Encodable, pretty: Bool = false) throws -> String {
        var text = ""
        try JSONNode(value).write(to: &text, depth: pretty ? 0 : nil)
        return text
    }

    /// Reads a value from JSON; unknown keys are ignored, so that newer writers stay readable.
    package static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}

/// A JSON text under construction.
///
/// The encoder of Foundation looks every type up at run time before it encodes the first value; for the few short records
/// of an ordinary patch that takes longer than writing them.
final class JSONNode {
    enum Content {
        case null
        /// A number, or `true` or `false`, as it is written.
        case word(String)
        case string(String)
        case array([JSONNode])
        case object([(key: String, value: JSONNode)])
    }

    var content: Content

    init(_ content: Content = .object([])) { self.content = content }

    /// Encodes a value.
    ///
    /// - Throws: `EncodingError` for a number that JSON does not have, and what the value throws.
    convenience init(_ value: some Encodable) throws {
        self.init(.null)
        try value.encode(to: JSONTextEncoder(node: self))
    }

    fileprivate func set(_ key: String, _ child: JSONNode) {
        guard case .object(var fields) = content else {
            content = .object([(key, child)])
            return
        }
        content = .null  // So that the list is not shared while it grows.
        if let place = fields.firstIndex(where: { $0.key == key }) { fields.remove(at: place) }
        fields.append((key, child))
        content = .object(fields)
    }

    fileprivate func add(_ child: JSONNode) {
        guard case .array(var values) = content else {
            content = .array([child])
            return
        }
        content = .null
        values.append(child)
        content = .array(values)
    }

    /// Appends the text, keys sorted.
    ///
    /// - Parameter depth: how far lines are moved in; `nil` for everything on one line.
    func write(to text: inout String, depth: Int?) {
        switch content {
        case .null: text += "null"
        case .word(let word): text += word
        case .string(let string): JSONNode.write(string, to: &text)
        case .array(let values):
            JSONNode.list(values, "[", "]", &text, depth) { $0.write(to: &$1, depth: $2) }
        case .object(let fields):
            JSONNode.list(fields.sorted { $0.key < $1.key }, "{", "}", &text, depth) { field, text, depth in
                JSONNode.write(field.key, to: &text)
                text += depth == nil ? ":" : " : "
                field.value.write(to: &text, depth: depth)
            }
        }
    }

    private static func list<Element>(
        _ elements: [Element], _ open: String, _ close: String, _ text: inout String, _ depth: Int?,
        _ write: (Element, inout String, Int?) -> Void
    ) {
        text += open
        for (place, element) in elements.enumerated() {
            if place > 0 { text += "," }
            if let depth { text += "\n" + String(repeating: "  ", count: depth + 1) }
            write(element, &text, depth.map { $0 + 1 })
        }
        if let depth, !elements.isEmpty { text += "\n" + String(repeating: "  ", count: depth) }
        text += close
    }

    /// Appends a string; what a terminal would obey is written as an escape, which means the same.
    private static func write(_ string: String, to text: inout String) {
        text += "\""
        if string.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) {
            text += string
        } else {
            for scalar in string.unicodeScalars {
                switch scalar.value {
                case 0x22: text += "\\\""
                case 0x5C: text += "\\\\"
                case 0x0A: text += "\\n"
                case 0x0D: text += "\\r"
                case 0x09: text += "\\t"
                case 0..<0x20, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069:
                    let digits = String(scalar.value, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                default: text.unicodeScalars.append(scalar)
                }
            }
        }
        text += "\""
    }
}

/// Takes down what a value says of itself.
private struct JSONTextEncoder: Encoder {
    let node: JSONNode
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .object = node.content {} else { node.content = .object([]) }
        return KeyedEncodingContainer(JSONFields<Key>(node: node))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .array = node.content {} else { node.content = .array([]) }
        return JSONElements(node: node)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { JSONSingle(node: node) }
}

private struct JSONFields<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: JSONNode
    var codingPath: [any CodingKey] { [] }

    private func child(_ key: Key) -> JSONNode {
        let child = JSONNode(.null)
        node.set(key.stringValue, child)
        return child
    }

    mutating func encodeNil(forKey key: Key) { node.set(key.stringValue, JSONNode(.null)) }
    mutating func encode(_ value: String, forKey key: Key) { node.set(key.stringValue, JSONNode(.string(value))) }
    mutating func encode(_ value: Bool, forKey key: Key) { node.set(key.stringValue, JSONNode(.word("\(value)"))) }
    mutating func encode(_ value: Int, forKey key: Key) { node.set(key.stringValue, JSONNode(.word("\(value)"))) }
    mutating func encode(_ value: some Encodable, forKey key: Key) throws {
        node.set(key.stringValue, try JSONNode(value))
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> { JSONTextEncoder(node: child(key)).container(keyedBy: type) }
    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        JSONTextEncoder(node: child(key)).unkeyedContainer()
    }
    mutating func superEncoder() -> any Encoder {
        let child = JSONNode(.null)
        node.set("super", child)
        return JSONTextEncoder(node: child)
    }
    mutating func superEncoder(forKey key: Key) -> any Encoder { JSONTextEncoder(node: child(key)) }
}

private struct JSONElements: UnkeyedEncodingContainer {
    let node: JSONNode
    var codingPath: [any CodingKey] { [] }
    var count: Int { if case .array(let values) = node.content { values.count } else { 0 } }

    private func child() -> JSONNode {
        let child = JSONNode(.null)
        node.add(child)
        return child
    }

    mutating func encodeNil() { node.add(JSONNode(.null)) }
    mutating func encode(_ value: String) { node.add(JSONNode(.string(value))) }
    mutating func encode(_ value: some Encodable) throws { node.add(try JSONNode(value)) }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        JSONTextEncoder(node: child()).container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        JSONTextEncoder(node: child()).unkeyedContainer()
    }
    mutating func superEncoder() -> any Encoder { JSONTextEncoder(node: child()) }
}

private struct JSONSingle: SingleValueEncodingContainer {
    let node: JSONNode
    var codingPath: [any CodingKey] { [] }

    mutating func encodeNil() { node.content = .null }
    mutating func encode(_ value: Bool) { node.content = .word("\(value)") }
    mutating func encode(_ value: String) { node.content = .string(value) }
    mutating func encode(_ value: Double) throws { try write(value) }
    mutating func encode(_ value: Float) throws { try write(value) }
    mutating func encode(_ value: Int) { node.content = .word("\(value)") }
    mutating func encode(_ value: Int8) { node.content = .word("\(value)") }
    mutating func encode(_ value: Int16) { node.content = .word("\(value)") }
    mutating func encode(_ value: Int32) { node.content = .word("\(value)") }
    mutating func encode(_ value: Int64) { node.content = .word("\(value)") }
    mutating func encode(_ value: UInt) { node.content = .word("\(value)") }
    mutating func encode(_ value: UInt8) { node.content = .word("\(value)") }
    mutating func encode(_ value: UInt16) { node.content = .word("\(value)") }
    mutating func encode(_ value: UInt32) { node.content = .word("\(value)") }
    mutating func encode(_ value: UInt64) { node.content = .word("\(value)") }
    mutating func encode(_ value: some Encodable) throws { try value.encode(to: JSONTextEncoder(node: node)) }

    private func write(_ value: some BinaryFloatingPoint & CustomStringConvertible) throws {
        guard value.isFinite else {
            throw EncodingError.invalidValue(value, .init(codingPath: [], debugDescription: "JSON has no \(value)"))
        }
        let text = value.description
        node.content = .word(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
    }
}

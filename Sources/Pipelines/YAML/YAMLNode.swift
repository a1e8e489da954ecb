/// A value of a YAML document with the place it was read from.
package struct YAMLNode: Sendable, Hashable {
    /// What kind of value it is. Scalars are kept as text: what they mean is for the reader of a key to say.
    package enum Content: Sendable, Hashable {
        /// `isPlain` tells an unquoted scalar, the only kind that may be a number, a boolean or nothing.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        case mapping([Pair])
    }

    /// One entry of a mapping; keys may be repeated, the last one counts.
    package struct Pair: Sendable, Hashable {
        package let key: YAMLNode
        package let value: YAMLNode
    }

    package let content: Content
    /// The line it begins on, from 1.
    package let line: Int
    /// The column it begins in, from 0.
    package let column: Int
    /// The last line that holds something of it.
    package let endLine: Int

    /// The text of a scalar; `nil` for anything else, and for an empty plain one, which means nothing.
    package var text: String? {
        guard case .scalar(let text, let isPlain) = content else { return nil }
        return isPlain && ["", "~", "null", "Null", "NULL"].contains(text) ? nil : text
    }

    /// The elements of a sequence; of a scalar, itself; of anything else, none.
    package var items: [YAMLNode] {
        switch content {
        case .sequence(let items): items
        case .scalar: text == nil ? [] : [self]
        case .mapping: []
        }
    }

    /// The entries of a mapping in their order; none for anything else.
    package var pairs: [Pair] {
        if case .mapping(let pairs) = content { pairs } else { [] }
    }

    /// Whether it is a mapping.
    package var isMapping: Bool { if case .mapping = content { true } else { false } }

    /// The value under a key; `nil` when it is not there.
    package subscript(key: String) -> YAMLNode? { pair(key)?.value }

    /// The last entry with a key.
    package func pair(_ key: String) -> Pair? { pairs.last { $0.key.text == key } }

    /// Whether a plain scalar says yes, as YAML 1.1 and 1.2 both read it.
    package var isTrue: Bool { ["true", "True", "TRUE"].contains(text ?? "") }

    /// Every scalar in it with its line, keys left out, in the order of the text.
    package var scalars: [(text: String, line: Int)] {
        switch content {
        case .scalar(let text, _): [(text, line)]
        case .sequence(let items): items.flatMap(\.scalars)
        case .mapping(let pairs): pairs.flatMap(\.value.scalars)
        }
    }
}

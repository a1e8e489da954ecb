import CYAML
import GitValues

/// Why a text is no YAML that could be read.
package struct YAMLProblem: ProblemReport {
    package let path: String
    package let line: Int
    package let reason: String
    /// Whether not even the file could be read.
    package let isUnreadable: Bool

    init(path: String, line: Int, reason: String) {
        self.path = path
        self.line = line
        self.reason = reason
        isUnreadable = false
    }

    /// Names a file that cannot be read.
    package init(unreadable path: String) {
        self.path = path
        line = 1
        reason = "it cannot be read"
        isUnreadable = true
    }

    package var problemCode: String { isUnreadable ? "unreadable" : "bad-yaml" }
    package var problemPaths: [String] { [path] }
    package var exitStatus: Int32 { isUnreadable ? 69 : 78 }
    package var description: String { isUnreadable ? "cannot read '\(path)'" : "\(path):\(line): \(reason)" }
}

/// Reads the first document of a YAML text with libyaml, keeping lines.
package struct YAMLReader {
    /// More levels than any workflow has; a deeper text is refused before it exhausts the stack.
    private static let deepest = 100
    /// More nodes than any workflow has: aliases can make a small text enormous.
    private static let most = 200_000

    private let path: String
    private var anchors: [String: YAMLNode] = [:]
    private var count = 0
    private var parser = yaml_parser_t()

    /// Reads a text; an empty one is an empty scalar.
    ///
    /// - Parameter path: what messages call it.
    package static func read(_ bytes: [UInt8], path: String) throws(YAMLProblem) -> YAMLNode {
        var reader = YAMLReader(path: path)
        guard yaml_parser_initialize(&reader.parser) == 1 else {
            throw YAMLProblem(path: path, line: 1, reason: "out of memory")
        }
        defer { yaml_parser_delete(&reader.parser) }
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        defer { copy.deallocate() }
        _ = copy.initialize(from: bytes)
        yaml_parser_set_input_string(&reader.parser, copy.baseAddress, bytes.count)
        return try reader.document()
    }

    private init(path: String) { self.path = path }

    /// What one event of the parser said.
    private enum Event {
        case scalar(String, isPlain: Bool, anchor: String?)
        case alias(String)
        case sequence(anchor: String?, isFlow: Bool)
        case mapping(anchor: String?, isFlow: Bool)
        case end
        case other
    }

    private struct Token {
        let event: Event
        let line: Int
        let column: Int
        let endLine: Int
        let isEnd: Bool
    }

    private mutating func document() throws(YAMLProblem) -> YAMLNode {
        while true {
            let token = try next()
            switch token.event {
            case .other: if token.isEnd { return node(.scalar("", isPlain: true), token, token.line) }
            default: return try node(from: token, depth: 0)
            }
        }
    }

    private mutating func node(from token: Token, depth: Int) throws(YAMLProblem) -> YAMLNode {
        count += 1
        guard depth < Self.deepest, count < Self.most else {
            throw YAMLProblem(path: path, line: token.line, reason: "nested too deeply or too large")
        }
        switch token.event {
        case .scalar(let text, let isPlain, let anchor):
            return keep(node(.scalar(text, isPlain: isPlain), token, token.endLine), anchor)
        case .alias(let name):
            guard let target = anchors[name] else {
                throw YAMLProblem(path: path, line: token.line, reason: "alias '\(name)' names nothing")
            }
            count += weight(target)
            return node(target.content, token, token.line)
        case .sequence(let anchor, let isFlow):
            var items: [YAMLNode] = []
            var last = token.line
            while true {
                let inner = try next()
                if case .end = inner.event {
                    // The bracket may have a line of its own.
                    if isFlow { last = max(last, inner.endLine) }
                    break
                }
                let item = try node(from: inner, depth: depth + 1)
                last = max(last, item.endLine)
                items.append(item)
            }
            return keep(node(.sequence(items), token, last), anchor)
        case .mapping(let anchor, let isFlow):
            var pairs: [YAMLNode.Pair] = []
            var last = token.line
            while true {
                let first = try next()
                if case .end = first.event {
                    if isFlow { last = max(last, first.endLine) }
                    break
                }
                let key = try node(from: first, depth: depth + 1)
                let value = try node(from: try next(), depth: depth + 1)
                last = max(last, key.endLine, value.endLine)
                pairs.append(YAMLNode.Pair(key: key, value: value))
            }
            return keep(node(.mapping(pairs), token, last), anchor)
        case .end, .other:
            throw YAMLProblem(path: path, line: token.line, reason: "a value is missing")
        }
    }

    private mutating func keep(_ node: YAMLNode, _ anchor: String?) -> YAMLNode {
        if let anchor { anchors[anchor] = node }
        return node
    }

    private func node(_ content: YAMLNode.Content, _ token: Token, _ endLine: Int) -> YAMLNode {
        YAMLNode(content: content, line: token.line, column: token.column, endLine: endLine)
    }

    private func weight(_ node: YAMLNode) -> Int {
        switch node.content {
        case .scalar: 1
        case .sequence(let items): items.reduce(1) { $0 + weight($1) }
        case .mapping(let pairs): pairs.reduce(1) { $0 + weight($1.key) + weight($1.value) }
        }
    }

    private mutating func next() throws(YAMLProblem) -> Token {
        var event = yaml_event_t()
        guard yaml_parser_parse(&parser, &event) == 1 else { throw problem() }
        defer { yaml_event_delete(&event) }
        let anchor = gitpatch_yaml_anchor(&event).map { String(cString: $0) }
        let kind: Event
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            kind = .scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE, anchor: anchor)
        case YAML_ALIAS_EVENT: kind = .alias(anchor ?? "")
        case YAML_SEQUENCE_START_EVENT:
            kind = .sequence(anchor: anchor, isFlow: event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE)
        case YAML_MAPPING_START_EVENT:
            kind = .mapping(anchor: anchor, isFlow: event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: kind = .end
        default: kind = .other
        }
        // A block scalar reaches to the start of the line after it.
        let isBlock = event.end_mark.column == 0 && event.end_mark.line > event.start_mark.line
        return Token(
            event: kind, line: Int(event.start_mark.line) + 1, column: Int(event.start_mark.column),
            endLine: Int(event.end_mark.line) + (isBlock ? 0 : 1),
            isEnd: event.type == YAML_STREAM_END_EVENT || event.type == YAML_DOCUMENT_END_EVENT)
    }

    private func problem() -> YAMLProblem {
        let mark = parser.error == YAML_READER_ERROR ? parser.mark : parser.problem_mark
        let reason = parser.problem.map { String(cString: $0) } ?? "it cannot be read"
        return YAMLProblem(path: path, line: Int(mark.line) + 1, reason: reason)
    }
}

import Foundation

/// A GraphQL document taken apart as far as the fakes execute it: operations, fields with arguments, fragments.
struct GraphQLDocument {
    indirect enum Value {
        case variable(String)
        case constant(Any)
        case list([Value])
        case object([String: Value])
    }

    indirect enum Selection {
        case field(alias: String, name: String, arguments: [String: Value], selections: [Selection])
        case inline(type: String, selections: [Selection])
        case spread(String)
    }

    var name = ""
    var isMutation = false
    var selections: [Selection] = []
    var fragments: [String: (type: String, selections: [Selection])] = [:]

    init(_ text: String) throws {
        var parser = GraphQLParser(text)
        while let word = parser.peek {
            switch word {
            case "query", "mutation":
                isMutation = word == "mutation"
                parser.take()
                name = parser.take()
                if parser.peek == "(" { parser.skipBrackets() }
                selections = try parser.selectionSet()
            case "fragment":
                parser.take()
                let name = parser.take()
                try parser.expect("on")
                let type = parser.take()
                fragments[name] = (type, try parser.selectionSet())
            default: throw GraphQLFault(type: "", message: "Parse error on \"\(word)\"")
            }
        }
    }
}

/// An error of one GraphQL answer.
struct GraphQLFault: Error {
    var type: String
    var message: String
}

struct GraphQLParser {
    private var words: [String] = []
    private var index = 0

    init(_ text: String) {
        var rest = Substring(text)
        while let character = rest.first {
            if character.isWhitespace || character == "," {
                rest.removeFirst()
            } else if rest.hasPrefix("...") {
                words.append("...")
                rest = rest.dropFirst(3)
            } else if character == "\"" {
                let end = rest.dropFirst().firstIndex(of: "\"") ?? rest.endIndex
                words.append(String(rest[rest.startIndex..<end]))
                rest = rest[end...].dropFirst()
            } else if character.isLetter || character.isNumber || "_$-".contains(character) {
                let word = rest.prefix { $0.isLetter || $0.isNumber || "_$-".contains($0) }
                words.append(String(word))
                rest = rest[word.endIndex...]
            } else {
                words.append(String(character))
                rest.removeFirst()
            }
        }
    }

    var peek: String? { index < words.count ? words[index] : nil }

    @discardableResult
    mutating func take() -> String {
        defer { index += 1 }
        return peek ?? ""
    }

    mutating func expect(_ word: String) throws {
        let found = take()
        guard found == word else { throw GraphQLFault(type: "", message: "expected \(word), found \(found)") }
    }

    mutating func skipBrackets() {
        var depth = 0
        repeat {
            let word = take()
            depth += word == "(" ? 1 : word == ")" ? -1 : 0
        } while depth > 0 && peek != nil
    }

    mutating func selectionSet() throws -> [GraphQLDocument.Selection] {
        try expect("{")
        var selections: [GraphQLDocument.Selection] = []
        while let word = peek, word != "}" {
            if word == "..." {
                take()
                if peek == "on" {
                    take()
                    let type = take()
                    selections.append(.inline(type: type, selections: try selectionSet()))
                } else {
                    selections.append(.spread(take()))
                }
                continue
            }
            var name = take()
            let alias = name
            if peek == ":" {
                take()
                name = take()
            }
            var arguments: [String: GraphQLDocument.Value] = [:]
            if peek == "(" {
                take()
                while let key = peek, key != ")" {
                    take()
                    try expect(":")
                    arguments[key] = try value()
                }
                try expect(")")
            }
            let inner = peek == "{" ? try selectionSet() : []
            selections.append(.field(alias: alias, name: name, arguments: arguments, selections: inner))
        }
        try expect("}")
        return selections
    }

    private mutating func value() throws -> GraphQLDocument.Value {
        let word = take()
        switch word {
        case "[":
            var values: [GraphQLDocument.Value] = []
            while let next = peek, next != "]" { values.append(try value()) }
            take()
            return .list(values)
        case "{":
            var fields: [String: GraphQLDocument.Value] = [:]
            while let key = peek, key != "}" {
                take()
                try expect(":")
                fields[key] = try value()
            }
            take()
            return .object(fields)
        case "true", "false": return .constant(word == "true")
        default:
            if word.hasPrefix("$") { return .variable(String(word.dropFirst())) }
            if word.hasPrefix("\"") { return .constant(String(word.dropFirst())) }
            return .constant(Int(word) as Any? ?? word)
        }
    }
}

/// An object that answers fields; what it does not have is an error, as on the real thing.
struct GraphQLNode {
    var type: String
    var fields: [String: ([String: Any]) throws -> Any?]

    init(_ type: String, _ fields: [String: Any?]) {
        self.type = type
        self.fields = fields.mapValues { value in { _ in value } }
    }
}

struct GraphQLRunner {
    let document: GraphQLDocument
    let variables: [String: Any]

    func run(_ root: GraphQLNode) throws -> [String: Any] { try select(document.selections, of: root) }

    private func select(_ selections: [GraphQLDocument.Selection], of node: GraphQLNode) throws -> [String: Any] {
        var result: [String: Any] = [:]
        for selection in selections {
            switch selection {
            case .inline(let type, let inner):
                if type == node.type { result.merge(try select(inner, of: node)) { $1 } }
            case .spread(let name):
                guard let fragment = document.fragments[name] else {
                    throw GraphQLFault(type: "", message: "Fragment \(name) was used, but not defined")
                }
                if fragment.type == node.type || fragment.type == "StatusCheckRollupContext" {
                    result.merge(try select(fragment.selections, of: node)) { $1 }
                }
            case .field(let alias, let name, let arguments, let inner):
                if name == "__typename" {
                    result[alias] = node.type
                    continue
                }
                guard let field = node.fields[name] else {
                    throw GraphQLFault(type: "", message: "Field '\(name)' doesn't exist on type '\(node.type)'")
                }
                let value = try field(arguments.mapValues(resolve))
                result[alias] = try complete(value, inner)
            }
        }
        return result
    }

    private func complete(_ value: Any?, _ inner: [GraphQLDocument.Selection]) throws -> Any {
        switch value {
        case let node as GraphQLNode: return try select(inner, of: node)
        case let list as [Any?]: return try list.map { try complete($0, inner) }
        case .some(let value): return value
        case nil: return NSNull()
        }
    }

    private func resolve(_ value: GraphQLDocument.Value) -> Any {
        switch value {
        case .variable(let name): variables[name] ?? NSNull()
        case .constant(let value): value
        case .list(let values): values.map(resolve)
        case .object(let fields): fields.mapValues(resolve)
        }
    }
}

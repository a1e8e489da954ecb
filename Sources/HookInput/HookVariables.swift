#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The environment variables of a process, read once.
package struct HookVariables: Sendable {
    private let all: [(name: String, value: String)]

    /// This process's environment.
    package static func current() -> HookVariables {
        var all: [(name: String, value: String)] = []
        var cursor = environ
        while let entry = cursor.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "="), equals != text.startIndex {
                all.append((String(text[..<equals]), String(text[text.index(after: equals)...])))
            }
            cursor += 1
        }
        return HookVariables(all: all)
    }

    /// Exactly the given variables.
    package init(_ variables: [String: String]) {
        self.init(all: variables.map { ($0.key, $0.value) })
    }

    private init(all: [(name: String, value: String)]) { self.all = all }

    /// The value of a variable; `nil` when it is not set.
    package subscript(name: String) -> String? { all.first { $0.name == name }?.value }

    /// Variables whose name matches a pattern: a whole name, or a beginning followed by `*`; sorted by name.
    package func matching(_ patterns: [String]) -> [(name: String, value: String)] {
        all.filter { variable in
            patterns.contains { pattern in
                pattern.utf8.last == UInt8(ascii: "*")
                    ? variable.name.utf8.starts(with: pattern.utf8.dropLast()) : variable.name == pattern
            }
        }.sorted { $0.name < $1.name }
    }
}

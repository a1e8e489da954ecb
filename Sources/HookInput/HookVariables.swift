#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The environment variables of a process.
package struct HookVariables: Sendable {
    /// Given variables; `nil` for this process's own, which are looked up where they stand.
    private let given: [String: String]?

    /// This process's environment.
    package static func current() -> HookVariables { HookVariables(given: nil) }

    /// Exactly the given variables.
    package init(_ variables: [String: String]) { self.init(given: variables) }

    private init(given: [String: String]?) { self.given = given }

    /// The value of a variable; `nil` when it is not set.
    package subscript(name: String) -> String? {
        if let given { return given[name] }
        return getenv(name).map { String(cString: $0) }
    }

    /// Variables whose name matches a pattern: a whole name, or a beginning followed by `*`; sorted by name.
    package func matching(_ patterns: [String]) -> [(name: String, value: String)] {
        let patterns = patterns.map { Array($0.utf8) }
        var found: [(name: String, value: String)] = []
        if let given {
            for (name, value) in given where HookVariables.matches(Array(name.utf8)[...], patterns) {
                found.append((name, value))
            }
        } else {
            var cursor = environ
            while let entry = cursor.pointee {
                cursor += 1
                guard let equals = strchr(entry, Int32(UInt8(ascii: "="))), equals != entry else { continue }
                let length = entry.distance(to: equals)
                let isMatch = entry.withMemoryRebound(to: UInt8.self, capacity: length) {
                    HookVariables.matches(UnsafeBufferPointer(start: $0, count: length), patterns)
                }
                guard isMatch else { continue }
                let name = entry.withMemoryRebound(to: UInt8.self, capacity: length) {
                    String(decoding: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self)
                }
                found.append((name, String(cString: equals + 1)))
            }
        }
        return found.sorted { $0.name < $1.name }
    }

    @inline(__always)
    private static func matches(_ name: some RandomAccessCollection<UInt8>, _ patterns: [[UInt8]]) -> Bool {
        for pattern in patterns {
            if pattern.last == UInt8(ascii: "*") {
                if name.starts(with: pattern.dropLast()) { return true }
            } else if name.elementsEqual(pattern) {
                return true
            }
        }
        return false
    }
}

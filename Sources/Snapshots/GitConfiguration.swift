package import GitProcess

/// Git's merged configuration, as far as capturing asks for it.
package struct GitConfiguration: Sendable {
    private let lookup: @Sendable (String) -> [String]

    /// Creates a configuration from a lookup of all values of a key, the one that wins last. A key without a value has
    /// the value `true`.
    package init(_ lookup: @escaping @Sendable (String) -> [String]) { self.lookup = lookup }

    /// Reads the configuration with one child of git.
    package static func load(_ git: GitProgram) async throws -> GitConfiguration {
        let result = try await git.output(["config", "--list", "-z"])
        var values: [String: [String]] = [:]
        for record in result.output.split(separator: 0) {
            let parts = record.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(decoding: parts[0], as: UTF8.self)
            values[name, default: []].append(parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : "true")
        }
        let found = values
        return GitConfiguration { found[$0] ?? [] }
    }

    /// The value that wins; keys are written as git prints them: section and name in lower case.
    func string(_ key: String) -> String? { lookup(key).last }

    /// A Boolean as git reads it; `nil` when it is not set or no Boolean.
    func bool(_ key: String) -> Bool? { string(key).flatMap(GitConfiguration.bool(of:)) }

    /// A number with git's units; `nil` when it is not set or no number.
    func integer(_ key: String) -> Int? { string(key).flatMap(GitConfiguration.integer(of:)) }

    /// `true`, `yes`, `on`, `1` and their opposites; an empty value is false.
    static func bool(of text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on": true
        case "false", "no", "off", "": false
        default: integer(of: text).map { $0 != 0 }
        }
    }

    private static func integer(of text: String) -> Int? {
        var digits = text[...]
        var shift = 0
        switch digits.last {
        case "k", "K": shift = 10
        case "m", "M": shift = 20
        case "g", "G": shift = 30
        default: break
        }
        if shift > 0 { digits.removeLast() }
        guard let number = Int(digits), abs(number) < 1 << 32 else { return nil }
        return number << shift
    }
}

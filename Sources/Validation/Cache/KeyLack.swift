/// Why a check has no key, so that it runs every time.
enum KeyLack: Error, Hashable, Sendable {
    /// A `tool` line fails or says nothing.
    case tool(String)
    /// No `input` of it matches a file: what depends on no file at all is more likely a slip than a check that never
    /// changes.
    case inputs
    /// What an environment is made from cannot be told.
    case environment(String)
    /// A check that it needs has none.
    case need(String)

    /// The reason as a clause about the check.
    var text: String {
        switch self {
        case .tool(let line): "its tool '\(line)' does not tell its version"
        case .inputs: "its 'input' matches no file"
        case .environment(let name): "what its environment '\(name)' is made from cannot be told"
        case .need(let name): "'\(name)', which it needs, has no key"
        }
    }
}

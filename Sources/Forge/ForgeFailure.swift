package import GitValues

/// The one taxonomy of what a forge may say instead of doing it; callers switch on it, nobody reads the words.
package enum ForgeFailure: Error, Hashable, Sendable {
    /// The forge is still computing; look again.
    case pending(String)
    /// The head is not the one that was pinned.
    case headMoved(String)
    /// The target moved meanwhile.
    case baseMoved(String)
    case conflict(String)
    /// A rule of the repository says no.
    case policyBlocked(String)
    /// It is over already: closed, merged, deleted.
    case gone(String)
    /// The request itself is wrong: an unknown label, a branch that is not there.
    case invalid(String)
    /// A person must do something: a token, a permission, a setting. The hint says what; what to type then, the command.
    case needsHuman(String, hint: String?)
    /// Nothing is asked of this forge with this token before then.
    case rateLimited(until: Timestamp, String)
    /// It did not happen; try again later.
    case transient(String)
    /// The forge could not be reached; nothing was sent.
    case unreachable(String)
    /// Whether it happened is not known: read, never ask again blindly.
    case unknown(String)

    /// Whether the forge said no, other than for now.
    package var isRefusal: Bool {
        switch self {
        case .conflict, .policyBlocked, .gone, .invalid, .needsHuman: true
        case .pending, .headMoved, .baseMoved, .rateLimited, .transient, .unreachable, .unknown: false
        }
    }

    /// The words, cleaned of control characters when they came from a forge.
    package var words: String { words(thenType: "git patch resume") }

    /// The same with the command that goes on once a person has done what is to be done.
    package func words(thenType command: String) -> String {
        switch self {
        case .pending(let words), .headMoved(let words), .baseMoved(let words), .conflict(let words),
            .policyBlocked(let words), .gone(let words), .invalid(let words), .rateLimited(_, let words),
            .transient(let words), .unreachable(let words), .unknown(let words):
            words
        case .needsHuman(let words, let hint): hint.map { "\(words); \($0), then type '\(command)'" } ?? words
        }
    }
}

/// Text of a forge without what could steer a terminal; line feeds and tabs stay.
package func cleaned(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        switch scalar.value {
        case 0x09, 0x0A: result.append(scalar)
        case 0x0D: continue
        case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: result.append("?")
        default: result.append(scalar)
        }
    }
    return String(result)
}

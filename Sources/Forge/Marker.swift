package import GitValues

/// A line that no reader sees, by which a text on a forge is found again: whose patch it is, and what it is for.
package struct Marker: Hashable, Sendable {
    package enum Role: String, Sendable {
        case proposal, issue, safety, revert, combined
    }

    package let role: Role
    package let patch: RecordID
    /// The operation that wrote the text; absent where any operation's text is the one.
    package let operation: RecordID?

    /// Creates a marker.
    package init(_ role: Role, patch: RecordID, operation: RecordID? = nil) {
        self.role = role
        self.patch = patch
        self.operation = operation
    }

    /// The line.
    package var line: String {
        "<!-- git-patch \(role.rawValue) \(patch)\(operation.map { " \($0)" } ?? "") -->"
    }

    /// A text with the line at its end.
    package func appended(to text: String) -> String { text.isEmpty ? line : text + "\n\n" + line }

    /// Whether a text carries a line of a role, whoever's patch it is.
    package static func isOurs(_ text: String, _ role: Role) -> Bool {
        text.contains("<!-- git-patch \(role.rawValue) ")
    }

    /// Whether a text carries the line, whatever operation wrote it.
    package func marks(_ text: String) -> Bool { text.contains("<!-- git-patch \(role.rawValue) \(patch)") }
}

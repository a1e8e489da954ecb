/// The bytes of `.gitpatch` at the root of a tree, or of the file on disk.
package struct CommittedFile: Hashable, Sendable {
    /// The path of the file, relative to the top.
    package static let path = ".gitpatch"

    /// The content.
    package let bytes: [UInt8]
    /// How messages call it: `.gitpatch`, `main:.gitpatch`.
    package let origin: String

    /// Creates a file.
    package init(bytes: [UInt8], origin: String = CommittedFile.path) {
        self.bytes = bytes
        self.origin = origin
    }
}

import SystemPackage

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

    /// Reads the file of a worktree; `nil` when there is none, or no regular one, which git would not take for one either.
    ///
    /// For commands where no commit counts yet. Where one does, its own file must be read from its tree.
    ///
    /// - Throws: `SettingsError` when it is there and cannot be read.
    package static func onDisk(worktree: String) throws(SettingsError) -> CommittedFile? {
        do {
            return CommittedFile(bytes: try readWholeFile(FilePath(worktree).appending(path), options: .noFollow))
        } catch {
            switch error {
            case .noSuchFileOrDirectory, .notDirectory, .isDirectory, .tooManySymbolicLinkLevels: return nil
            default:
                throw SettingsError(
                    SettingsProblem(
                        code: .unreadable, origin: SettingOrigin(scope: .committed, source: path),
                        message: "cannot read it: \(error)"))
            }
        }
    }
}

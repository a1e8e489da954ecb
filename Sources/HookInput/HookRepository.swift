#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where the repository of a running hook lies, found without git.
package struct HookRepository: Hashable, Sendable {
    /// The git directory of this worktree, absolute, links resolved.
    package let gitDirectory: String
    /// The git directory that all linked worktrees share, absolute, links resolved.
    package let commonDirectory: String

    /// Creates a value from its parts.
    package init(gitDirectory: String, commonDirectory: String) {
        self.gitDirectory = gitDirectory
        self.commonDirectory = commonDirectory
    }

    /// Where the suite keeps what it knows: `<common dir>/gitpatch`.
    package var storeDirectory: String { commonDirectory + "/gitpatch" }

    /// Whether the suite was ever used here.
    package var hasStore: Bool { isDirectory(storeDirectory) }

    /// Finds the repository as git tells a hook: `GIT_DIR` first, which git sets for linked worktrees (and may set to a
    /// relative path), else the closest `.git` above the current folder, else a bare repository.
    package static func find(environment: HookVariables, from start: String = ".") -> HookRepository? {
        let named = environment["GIT_DIR"].flatMap { $0.isEmpty ? nil : $0 }
        guard let found = named.map(throughLink) ?? discover(from: start), let gitDirectory = resolved(found) else {
            return nil
        }
        let common = environment["GIT_COMMON_DIR"] ?? commonDirectory(of: gitDirectory)
        return resolved(common).map { HookRepository(gitDirectory: gitDirectory, commonDirectory: $0) }
    }

    /// Whether git is in the middle of something that commits by itself: rebase, am, a cherry-pick or revert
    /// sequence, bisect.
    package var isInSequence: Bool {
        ["rebase-merge", "rebase-apply", "sequencer", "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_LOG"].contains {
            exists(gitDirectory + "/" + $0)
        }
    }

    private static func discover(from start: String) -> String? {
        guard var folder = resolved(start) else { return nil }
        while true {
            let candidate = folder + "/.git"
            if exists(candidate + "/HEAD") { return candidate }
            if !isDirectory(candidate), exists(candidate) { return throughLink(candidate) }
            if exists(folder + "/HEAD"), isDirectory(folder + "/objects") { return folder }
            guard let slash = folder.utf8.lastIndex(of: UInt8(ascii: "/")), folder != "/" else { return nil }
            folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
        }
    }

    /// Follows a `.git` file (`gitdir: PATH`, relative to the file's folder); anything else is returned as it is.
    private static func throughLink(_ path: String) -> String {
        guard !isDirectory(path), let text = firstLine(of: path), text.hasPrefix("gitdir: ") else { return path }
        let target = String(text.dropFirst(8))
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        return target.hasPrefix("/") ? target : folder + "/" + target
    }

    /// gitrepository-layout(5): the file `commondir` leads from a linked worktree's git directory to the shared one.
    private static func commonDirectory(of gitDirectory: String) -> String {
        guard let text = firstLine(of: gitDirectory + "/commondir"), !text.isEmpty else { return gitDirectory }
        return text.hasPrefix("/") ? text : gitDirectory + "/" + text
    }
}

/// Returns the absolute path with links resolved; `nil` when nothing is there.
func resolved(_ path: String) -> String? {
    guard let pointer = realpath(path, nil) else { return nil }
    defer { free(pointer) }
    return String(cString: pointer)
}

/// Whether something is at the path, following links.
func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

/// Whether a folder is at the path, following links.
func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

private func firstLine(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard let bytes = readAll(descriptor) else { return nil }
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }, as: UTF8.self)
}

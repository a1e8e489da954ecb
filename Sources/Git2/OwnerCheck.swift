import CGit2
import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Whether git would work in a repository that belongs to somebody else.
///
/// The rules are those of `safe.directory` in git-config(1). libgit2's own check is off, because release 1.5 knows
/// neither `*` nor configuration from the environment, and reports a missing setting as a missing repository.
struct OwnerCheck {
    let location: RepositoryLocation

    /// Throws `.owner` when git would refuse the repository.
    func run(_ operation: String) throws(GitError) {
        // Git takes a git directory that is named explicitly, as it does itself for hooks, without asking.
        if environment("GIT_DIR") != nil { return }
        var paths = [location.gitDirectory]
        if !location.worktree.isEmpty { paths += [location.worktree, location.worktree + "/.git"] }
        guard let foreign = paths.first(where: { !isOwn($0) }) else { return }
        var isSafe = false
        for value in try settings() { isSafe = decide(value, isSafe) }
        if isSafe { return }
        throw GitError(.owner, operation, "'\(foreign)' belongs to another user", path: foreign)
    }

    private func isOwn(_ path: String) -> Bool {
        var status = stat()
        // What does not exist harms nobody; git says the same.
        guard lstat(path, &status) == 0 else { return true }
        let user = geteuid()
        if status.st_uid == user { return true }
        return user == 0 && environment("SUDO_UID").flatMap(UInt32.init) == status.st_uid
    }

    private func decide(_ value: String, _ before: Bool) -> Bool {
        if value.isEmpty { return false }
        if value == "*" { return true }
        let home = environment("HOME") ?? ""
        let path = value.hasPrefix("~/") ? home + value.dropFirst() : value
        let place = location.worktree.isEmpty ? location.gitDirectory : location.worktree
        if path.hasSuffix("/*") && place.hasPrefix(path.dropLast()) { return true }
        return path == place || before
    }

    /// The values of `safe.directory`, in order, from the places git trusts: system, user, environment.
    private func settings() throws(GitError) -> [String] {
        let operation = "reading safe.directory"
        try Library.start()
        let config: Handle<ConfigKind> = try make(operation) { git_config_open_default($0) }
        var values: [String] = []
        var cursor: OpaquePointer?
        try check(operation, git_config_multivar_iterator_new(&cursor, config.pointer, "safe.directory", nil))
        defer { git_config_iterator_free(cursor) }
        var entry: UnsafeMutablePointer<git_config_entry>?
        while git_config_next(&entry, cursor) == 0, let found = entry?.pointee {
            values.append(String(decoding: bytes(found.value), as: UTF8.self))
        }
        return values + ConfigEnvironment.values(of: "safe.directory")
    }
}

/// Configuration that `git -c` and `GIT_CONFIG_COUNT` put into the environment.
enum ConfigEnvironment {
    /// The values of a lower-case key, in order.
    static func values(of key: String) -> [String] {
        var values: [String] = []
        let count = min(environment("GIT_CONFIG_COUNT").flatMap { Int($0) } ?? 0, 10_000)
        for index in 0..<max(count, 0) where environment("GIT_CONFIG_KEY_\(index)")?.lowercased() == key {
            values.append(environment("GIT_CONFIG_VALUE_\(index)") ?? "")
        }
        for (name, value) in parameters(environment("GIT_CONFIG_PARAMETERS") ?? "") where name.lowercased() == key {
            values.append(value)
        }
        return values
    }

    /// Splits `'key'='value' 'key=value'`, the two forms in which git hands down `-c`.
    static func parameters(_ text: String) -> [(name: String, value: String)] {
        var result: [(name: String, value: String)] = []
        for word in words(text) {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.first else { continue }
            result.append((String(name), parts.count > 1 ? String(parts[1]) : ""))
        }
        return result
    }

    /// Words in single quotes as a shell reads them: `'a'\''b'` is `a'b`.
    private static func words(_ text: String) -> [String] {
        var result: [String] = []
        var word: String?
        var isQuoted = false
        var isEscaped = false
        for character in text {
            if isEscaped {
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "'" {
                isQuoted.toggle()
                word = word ?? ""
            } else if isQuoted {
                word = (word ?? "") + String(character)
            } else if character == "\\" {
                isEscaped = true
            } else if character == " " {
                if let word { result.append(word) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        return result + (word.map { [$0] } ?? [])
    }
}

func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

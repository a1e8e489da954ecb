import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The files of git's configuration where they are plain: readable, without includes and without extensions.
struct PlainConfiguration {
    /// What `git config --list -z --show-scope --show-origin` prints.
    private(set) var listing: [UInt8] = []
    /// The last value of each key.
    private(set) var values: [String: String] = [:]

    /// Reads all files; `nil` when git had better do it.
    static func load(environment: [String: String], home: String, gitDirectory: String) -> PlainConfiguration? {
        let user = environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? home + "/.config"
        var configuration = PlainConfiguration()
        let hasSystem = environment["GIT_CONFIG_NOSYSTEM"] == nil
        guard !hasSystem || configuration.add("/etc/gitconfig", "system"),
            configuration.add(user + "/git/config", "global"), configuration.add(home + "/.gitconfig", "global"),
            access(gitDirectory + "/config", R_OK) == 0,
            configuration.add(gitDirectory + "/config", "local", shownAs: ".git/config"), configuration.isPlain
        else { return nil }
        return configuration
    }

    /// Whether nothing that was read changes where the repository is or how it is stored.
    private var isPlain: Bool {
        guard values["core.worktree"] == nil, ["0", "1"].contains(values["core.repositoryformatversion"] ?? "0") else {
            return false
        }
        return (values["core.bare"] ?? "false") == "false"
    }

    /// Adds a file; `false` when it holds something unusual. A file that is not there adds nothing.
    private mutating func add(_ path: String, _ scope: String, shownAs name: String? = nil) -> Bool {
        guard path.hasPrefix("/") else { return false }
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        if file < 0 { return errno == ENOENT || errno == ENOTDIR }
        defer { close(file) }
        guard let bytes = PlainConfiguration.content(file), String(validating: bytes, as: UTF8.self) != nil,
            let text = try? ConfigText.parse(bytes)  // What is wrong with it, git says better.
        else { return false }
        for entry in text.entries {
            if ["", "include", "includeif", "extensions"].contains(entry.section) { return false }
            // What becomes of blanks inside a value depends on the release of git.
            if entry.bytes?.contains(where: { (0x09...0x0D).contains($0) }) == true { return false }
            listing += Array("\(scope)\0file:\(name ?? path)\0\(entry.name)".utf8)
            if let bytes = entry.bytes { listing += [0x0A] + bytes }
            listing.append(0)
            values[entry.name] = entry.value ?? "true"
        }
        return true
    }

    private static func content(_ file: Int32) -> [UInt8]? {
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size < 1 << 20 else {
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size) + 1)
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                read(file, $0.baseAddress.map { $0 + filled }, $0.count - filled)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            filled += count
        }
        return filled < bytes.count ? Array(bytes[..<filled]) : nil
    }
}

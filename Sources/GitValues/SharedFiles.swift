import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Gives what is made in a git directory the mode that git would give it.
///
/// Like the umask, which it goes beyond, the rule holds for the whole process: whoever finds a repository notes it, and
/// whoever makes a file there asks for it by the path alone. Files elsewhere are left as they are.
package enum SharedFiles {
    private static let known = Mutex<[String: SharedMode]>([:])

    /// Notes what the configuration says of a repository; a later note counts.
    package static func note(_ value: String?, of commonDirectory: String) {
        known.withLock { $0[commonDirectory + "/"] = SharedMode(value) }
    }

    /// Notes what the file `config` of a repository says, for those who do not read all of the configuration.
    package static func noteFile(of commonDirectory: String) {
        // Losing the error is right: a file that cannot be read is git's to tell, and the umask counts until then.
        guard let bytes = read(commonDirectory + "/config"), let text = try? ConfigText.parse(bytes),
            let entry = text.entries.last(where: { $0.name == "core.sharedrepository" })
        else { return }
        note(entry.value, of: commonDirectory)
    }

    /// Adjusts a new file or folder; that it belongs to somebody else, or is gone, is no error.
    package static func settle(_ path: String) {
        guard let rule = rule(at: path) else { return }
        var status = stat()
        guard lstat(path, &status) == 0, let mode = adjusted(status, rule) else { return }
        chmod(path, mode)
    }

    /// The same for a file that is open.
    package static func settle(_ descriptor: Int32, at path: String) {
        guard descriptor >= 0, let rule = rule(at: path) else { return }
        let number = errno
        var status = stat()
        if fstat(descriptor, &status) == 0, let mode = adjusted(status, rule) { fchmod(descriptor, mode) }
        errno = number
    }

    private static func adjusted(_ status: stat, _ rule: SharedMode) -> mode_t? {
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFREG || kind == S_IFDIR, status.st_uid == geteuid() else { return nil }
        let mode = mode_t(rule.mode(UInt32(status.st_mode & 0o7777), isFolder: kind == S_IFDIR))
        return mode == status.st_mode & 0o7777 ? nil : mode
    }

    private static func rule(at path: String) -> SharedMode? {
        known.withLock { known in
            if known.isEmpty { return nil }
            return known.filter { path.hasPrefix($0.key) }.max { $0.key.utf8.count < $1.key.utf8.count }?.value
        }
    }

    private static func read(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.count < 1 << 20 {
            let count = systemRead(file, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return count == 0 ? bytes : nil }
            bytes += buffer[..<count]
        }
        return nil
    }
}

private func systemRead(_ file: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    read(file, buffer, count)
}

import GitValues

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The few file operations that installing hooks needs; each leaves either the old or the new state behind.
enum HookFiles {
    /// What the name of a file ends in while it is written.
    static let newSuffix = ".git-patch-new"

    /// The content of a file; `nil` when nothing is there.
    static func read(_ path: String) throws(HooksProblem) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw problem(path)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glue.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw problem(path) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    /// Writes a file in one step: a new file beside it, synced, renamed over it.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(HooksProblem) {
        let temporary = path + newSuffix
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw problem(path) }
        try fill(descriptor, with: bytes, path: temporary, mode: mode)
        guard rename(temporary, path) == 0 else {
            let error = problem(path)
            unlink(temporary)
            throw error
        }
    }

    /// Makes a symbolic link in one step, over whatever is there.
    static func link(to target: String, at path: String) throws(HooksProblem) {
        let temporary = path + newSuffix
        unlink(temporary)
        guard symlink(target, temporary) == 0 else { throw problem(path) }
        guard rename(temporary, path) == 0 else {
            let error = problem(path)
            unlink(temporary)
            throw error
        }
    }

    /// Where a symbolic link leads; `nil` when there is none at the path.
    static func target(of path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink(path, &buffer, buffer.count - 1)
        guard count > 0 else { return nil }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Writes all bytes, sets the mode, syncs and closes; removes the file when that fails.
    static func fill(_ descriptor: Int32, with bytes: [UInt8], path: String, mode: mode_t) throws(HooksProblem) {
        var offset = 0
        var isFine = fchmod(descriptor, mode) == 0
        if mode != 0o600 { SharedFiles.settle(descriptor, at: path) }
        while isFine, offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { Glue.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            isFine = count > 0
            offset += max(0, count)
        }
        isFine = isFine && fsync(descriptor) == 0
        let error = problem(path)
        guard close(descriptor) == 0, isFine else {
            unlink(path)
            throw error
        }
    }

    /// Creates a folder and those above it. Returns whether it was made now.
    @discardableResult
    static func makeFolder(_ path: String) throws(HooksProblem) -> Bool {
        func make() -> Bool {
            guard mkdir(path, 0o777) == 0 else { return false }
            SharedFiles.settle(path)
            return true
        }
        if make() { return true }
        if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try makeFolder(String(path[..<slash]))
            if make() { return true }
        }
        guard errno == EEXIST, kind(of: path) == S_IFDIR else { throw problem(path) }
        return false
    }

    /// The type of what a path leads to (`S_IFREG`, `S_IFDIR`, …); `nil` when nothing is there.
    static func kind(of path: String, followingLinks: Bool = true) -> mode_t? {
        var status = stat()
        let result = followingLinks ? stat(path, &status) : lstat(path, &status)
        return result == 0 ? status.st_mode & S_IFMT : nil
    }

    /// Permission bits of a file; `nil` when nothing is there.
    static func mode(of path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
    }

    /// Whether git would run the file as a hook.
    static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 && kind(of: path) != S_IFDIR }

    /// Whether this user may write to the file.
    static func isWritable(_ path: String) -> Bool { faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 }

    /// Whether something is at the path, a broken link included.
    static func exists(_ path: String) -> Bool { kind(of: path, followingLinks: false) != nil }

    /// Whether both names lead to the same file without following links.
    static func areSame(_ first: String, _ second: String) -> Bool {
        var (one, two) = (stat(), stat())
        return lstat(first, &one) == 0 && lstat(second, &two) == 0 && one.st_dev == two.st_dev
            && one.st_ino == two.st_ino
    }

    /// Gives a file a second name, so that it is never without one; moves it where hard links are not possible.
    static func giveName(_ second: String, to first: String) throws(HooksProblem) {
        if linkat(AT_FDCWD, first, AT_FDCWD, second, 0) == 0 { return }
        guard rename(first, second) == 0 else { throw problem(first) }
    }

    /// Renames over whatever is there.
    static func move(_ path: String, to other: String) throws(HooksProblem) {
        guard rename(path, other) == 0 else { throw problem(path) }
    }

    /// Removes a file; one that is not there is fine.
    static func remove(_ path: String) throws(HooksProblem) {
        guard unlink(path) == 0 || errno == ENOENT else { throw problem(path) }
    }

    /// Removes a folder when it is empty.
    static func removeEmptyFolder(_ path: String) { rmdir(path) }

    /// Names in a folder, sorted; empty when there is none.
    static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Gives a folder the time of now.
    static func touch(_ path: String) { utimes(path, nil) }

    static func problem(_ path: String) -> HooksProblem { .file(path, String(cString: strerror(errno))) }
}

/// The C functions whose names `HookFiles` uses for its own.
private enum Glue {
    #if canImport(Glibc)
        static let read = Glibc.read
        static let write = Glibc.write
    #else
        static let read = Darwin.read
        static let write = Darwin.write
    #endif
}

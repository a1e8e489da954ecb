import Store

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Disk {
    /// Copies a file or a symbolic link of ours with its permissions and its time; the new name appears only when it is
    /// complete.
    static func copy(_ source: DiskPath, to target: DiskPath) throws(DiskProblem) {
        let part = DiskPath(bytes: target.bytes + Array(".part".utf8))
        _ = try copy(Place(source), through: Place(part))
        try rename(part, to: target)
    }

    /// Copies a file or a symbolic link, permissions and time included, and waits until the bytes are on the disk.
    ///
    /// - Parameters:
    ///   - source: what is copied; a link as a link.
    ///   - part: a name of ours; what a killed copy left there is written over.
    /// - Returns: whether the source stayed as it was all the time.
    static func copy(_ source: Place, through part: Place) throws(DiskProblem) -> Bool {
        try remove(part)
        guard let before = FileState.of(source) else { throw DiskProblem("cannot read", source.name, ENOENT) }
        switch before.identity.kind {
        case .link: try makeLink(to: try linkTarget(source), at: part)
        case .file: try copyBytes(source, to: part, permissions: before.identity.permissions)
        case .directory, .other: throw DiskProblem("cannot copy", source.name, EINVAL)
        }
        var times = (timespec(), timespec())
        times.0.tv_sec = Int(before.identity.modifiedSeconds)
        times.0.tv_nsec = Int(before.identity.modifiedNanoseconds)
        times.1 = times.0
        // A time that cannot be set makes git compare the content once more, nothing worse.
        _ = withUnsafePointer(to: &times) { pointer in
            pointer.withMemoryRebound(to: timespec.self, capacity: 2) { pair in
                part.name.withCString { utimensat(part.folder, $0, pair, AT_SYMLINK_NOFOLLOW) }
            }
        }
        return FileState.of(source) == before
    }

    private static func copyBytes(_ source: Place, to part: Place, permissions: UInt32) throws(DiskProblem) {
        let from = source.name.withCString { openat(source.folder, $0, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) }
        guard from >= 0 else { throw DiskProblem("cannot read", source.name, errno) }
        defer { close(from) }
        FaultPoint.reached("write")
        // Nobody else reads it before it has its permissions.
        let to = part.name.withCString { openat(part.folder, $0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600) }
        guard to >= 0 else { throw DiskProblem("cannot create", part.name, errno) }
        defer { close(to) }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = posixRead(from, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw DiskProblem("cannot read", source.name, errno) }
            if count == 0 { break }
            try write(buffer[..<count], to: to, named: part.name)
        }
        _ = fchmod(to, mode_t(permissions))
        FaultPoint.reached("fsync")
        if fsync(to) != 0 { throw DiskProblem("cannot write", part.name, errno) }
    }

    /// What a symbolic link holds.
    private static func linkTarget(_ place: Place) throws(DiskProblem) -> [UInt8] {
        var buffer = [CChar](repeating: 0, count: 1 << 16)
        let count = place.name.withCString { readlinkat(place.folder, $0, &buffer, buffer.count) }
        guard count >= 0 else { throw DiskProblem("cannot read", place.name, errno) }
        return buffer[..<count].map { UInt8(bitPattern: $0) }
    }

    /// Makes a symbolic link at a free name.
    private static func makeLink(to target: [UInt8], at place: Place) throws(DiskProblem) {
        let status = DiskPath(bytes: target).withCString { to in
            place.name.withCString { symlinkat(to, place.folder, $0) }
        }
        if status != 0 { throw DiskProblem("cannot create", place.name, errno) }
    }
}

#if canImport(Glibc)
    private let posixRead = Glibc.read
#else
    private let posixRead = Darwin.read
#endif

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Disk {
    /// Copies a file or a symbolic link with its permissions and its time; the new name appears only when it is complete.
    static func copy(_ source: DiskPath, to target: DiskPath) throws(DiskProblem) {
        let part = DiskPath(bytes: target.bytes + Array(".part".utf8))
        try remove(part)
        guard let identity = FileIdentity.of(source) else { throw DiskProblem("cannot read", source, ENOENT) }
        if identity.kind == .link {
            try makeLink(to: try linkTarget(source), at: part)
        } else {
            try write(try read(source) ?? [], toNew: part)
            _ = part.withCString { chmod($0, mode_t(identity.permissions)) }
        }
        var times = (timespec(), timespec())
        times.0.tv_sec = Int(identity.modifiedSeconds)
        times.0.tv_nsec = Int(identity.modifiedNanoseconds)
        times.1 = times.0
        // A time that cannot be set makes git compare the content once more, nothing worse.
        _ = withUnsafePointer(to: &times) { pointer in
            pointer.withMemoryRebound(to: timespec.self, capacity: 2) { pair in
                part.withCString { utimensat(AT_FDCWD, $0, pair, AT_SYMLINK_NOFOLLOW) }
            }
        }
        try rename(part, to: target)
    }

    /// What a symbolic link holds.
    static func linkTarget(_ path: DiskPath) throws(DiskProblem) -> [UInt8] {
        var buffer = [CChar](repeating: 0, count: 1 << 16)
        let count = path.withCString { readlink($0, &buffer, buffer.count) }
        guard count >= 0 else { throw DiskProblem("cannot read", path, errno) }
        return buffer[..<count].map { UInt8(bitPattern: $0) }
    }

    /// Makes a symbolic link at a free name.
    static func makeLink(to target: [UInt8], at path: DiskPath) throws(DiskProblem) {
        let status = DiskPath(bytes: target).withCString { to in path.withCString { symlink(to, $0) } }
        if status != 0 { throw DiskProblem("cannot create", path, errno) }
    }
}

import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What work behind the user's back has to tell: lines in `<common dir>/gitpatch/notices`, shown by the next hook that
/// runs in front of them.
package enum HookNotices {
    /// The most bytes that are kept; what nobody reads for long is not worth more.
    private static let limit: Int64 = 1 << 14

    /// Adds lines; a notice that cannot be kept is lost, its facts stand in the log of operations.
    package static func add(_ lines: [String], in storeDirectory: String) {
        let path = storeDirectory + "/notices"
        if lines.isEmpty { return }
        if let size = FileIdentity.of(path)?.size, size > limit { unlink(path) }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { return }
        SharedFiles.settle(descriptor, at: path)
        _ = writeAll(Array(lines.map { $0 + "\n" }.joined().utf8), to: descriptor)
        close(descriptor)
    }

    /// Takes all lines away to be shown, each of them once, whoever asks first.
    package static func take(from storeDirectory: String) -> [String] {
        let path = storeDirectory + "/notices"
        guard access(path, F_OK) == 0 else { return [] }
        let taken = "\(path).\(getpid())"
        guard rename(path, taken) == 0 else { return [] }
        defer { unlink(taken) }
        let descriptor = open(taken, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        // What a terminal would take for more than text was never written here; names of branches hold no controls.
        let bytes = (readAll(descriptor) ?? []).map { $0 < 0x20 && $0 != 0x0A || $0 == 0x7F ? UInt8(ascii: "?") : $0 }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

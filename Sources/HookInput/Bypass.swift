package import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A push that went past validation because the user said so (`GITPATCH=0`).
///
/// Kept in `<common dir>/gitpatch/bypasses`, one line each: `<RFC 3339 time> <object id> <remote reference>`.
package struct Bypass: Hashable, Sendable {
    package let time: Timestamp
    package let object: ObjectID
    package let remoteRef: String

    /// Creates a record.
    package init(time: Timestamp, object: ObjectID, remoteRef: String) {
        self.time = time
        self.object = object
        self.remoteRef = remoteRef
    }

    /// The most bytes the file may grow to.
    private static let limit: Int64 = 1 << 20

    /// Records the pushed objects of a skipped push; nothing is recorded where the suite has no store.
    package static func record(_ updates: [PushUpdate], in storeDirectory: String, at time: Timestamp = .now()) {
        let path = storeDirectory + "/bypasses"
        if let size = FileIdentity.of(path)?.size, size > limit { return }
        let lines = updates.compactMap { update in update.localID.map { "\(time) \($0) \(update.remoteRef)\n" } }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { return }
        SharedFiles.settle(descriptor, at: path)
        // A skip is never refused because it could not be noted.
        _ = writeAll(Array(lines.joined().utf8), to: descriptor)
        close(descriptor)
    }

    /// The recorded skips, oldest first; lines that are not understood are left out.
    package static func all(in storeDirectory: String) -> [Bypass] {
        let descriptor = open(storeDirectory + "/bypasses", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        let text = String(decoding: readAll(descriptor) ?? [], as: UTF8.self)
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ", maxSplits: 2)
            guard words.count == 3, let time = Timestamp(words[0]), let object = ObjectID(hex: words[1]) else {
                return nil
            }
            return Bypass(time: time, object: object, remoteRef: String(words[2]))
        }
    }
}

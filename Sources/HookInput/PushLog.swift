package import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Every push that the pre-push hook let through, so that one it never saw (`git push --no-verify`) stands out.
///
/// Kept in `<common dir>/gitpatch/pushes`, one line each: `<RFC 3339 time> <object id> <remote reference>`; the older half
/// goes when the file is full.
package enum PushLog {
    private static let limit: Int64 = 1 << 18

    private static func path(_ storeDirectory: String) -> String { storeDirectory + "/pushes" }

    /// Adds the pushed objects; nothing where the suite has no store.
    package static func add(_ updates: [PushUpdate], in storeDirectory: String, at time: Timestamp = .now()) {
        let lines = updates.compactMap { update in update.localID.map { "\(time) \($0) \(update.remoteRef)\n" } }
        if lines.isEmpty { return }
        let path = path(storeDirectory)
        if let size = FileIdentity.of(path)?.size, size > limit { halve(path) }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { return }
        SharedFiles.settle(descriptor, at: path)
        // A push is never held back because it could not be noted.
        _ = writeAll(Array(lines.joined().utf8), to: descriptor)
        close(descriptor)
    }

    /// The objects let through, and when the log begins; `nil` when nothing was ever let through.
    package static func all(in storeDirectory: String) -> (objects: Set<ObjectID>, since: Timestamp)? {
        var objects: Set<ObjectID> = []
        var since: Timestamp?
        for line in read(path(storeDirectory)).split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 2)
            guard words.count == 3, let time = Timestamp(words[0]), let object = ObjectID(hex: words[1]) else {
                continue
            }
            since = since ?? time
            objects.insert(object)
        }
        return since.map { (objects, $0) }
    }

    private static func read(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        return String(decoding: readAll(descriptor) ?? [], as: UTF8.self)
    }

    private static func halve(_ path: String) {
        let lines = read(path).split(separator: "\n")
        let kept = lines.suffix(lines.count / 2).map { $0 + "\n" }.joined()
        let temporary = "\(path).\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { return }
        SharedFiles.settle(descriptor, at: path)
        let isWritten = writeAll(Array(kept.utf8), to: descriptor)
        close(descriptor)
        if !isWritten || rename(temporary, path) != 0 { unlink(temporary) }
    }
}

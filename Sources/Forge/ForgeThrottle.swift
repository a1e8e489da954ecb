package import GitValues

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Remembers across processes until when a token must not be used. The token itself is in no file: a digest names it.
package struct ForgeThrottle: Sendable {
    private let path: String?

    /// Creates the memory of one token at one host.
    ///
    /// - Parameter folder: where it is kept; absent: nothing is remembered.
    package init(folder: String?, host: String, token: String) {
        var hash = SHA256()
        hash.update(Array("git-patch limit \(host) \(token)".utf8))
        let name = String(SHA256.hex(hash.finished()).prefix(16))
        path = folder.map { $0 + "/" + name }
    }

    /// `$XDG_STATE_HOME/git-patch/limits`, or its usual place; made when it is not there.
    package static func usualFolder(environment: [String: String]) -> String? {
        let state = environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        guard let root = state ?? environment["HOME"].map({ $0 + "/.local/state" }), root.hasPrefix("/") else {
            return nil
        }
        var folder = ""
        for part in (root + "/git-patch/limits").split(separator: "/") {
            folder += "/" + part
            mkdir(folder, 0o700)
        }
        return folder
    }

    /// When the token may be used again; `nil` when it may be used now.
    package func until(now: Timestamp) -> Timestamp? {
        guard let path, let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 32)
        guard fgets(&text, 32, file) != nil else { return nil }
        let value = Int64(String(decoding: text.prefix { $0 > 0x20 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)) ?? 0
        let time = Timestamp(milliseconds: value)
        return time > now ? time : nil
    }

    /// Records that the token rests until then, or longer where that was recorded before.
    package func rest(until time: Timestamp) {
        guard until(now: time) == nil else { return }
        guard let path, let file = fopen("\(path).new-\(getpid())", "w") else { return }
        fputs("\(time.milliseconds)\n", file)
        fclose(file)
        rename("\(path).new-\(getpid())", path)
    }
}

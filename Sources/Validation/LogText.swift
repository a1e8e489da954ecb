/// Reads logs of checks.
package enum LogText {
    /// The last few kilobytes of a log; `nil` when there is none or nothing in it.
    package static func end(of path: String) -> String? {
        guard let bytes = Files.read(path), !bytes.isEmpty else { return nil }
        return String(decoding: bytes.suffix(4096), as: UTF8.self)
    }
}

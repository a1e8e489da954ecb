#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A text the user names on the command line.
package enum TextFile {
    /// Reads a file, or standard input for `-`.
    ///
    /// - Throws: `DiskProblem` when it is not there, cannot be read, or is not UTF-8.
    package static func read(_ path: String) throws(DiskProblem) -> String {
        let place = DiskPath(path == "-" ? "/dev/stdin" : path)
        guard let bytes = try Disk.read(place) else { throw DiskProblem("cannot read", place, 2) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DiskProblem("cannot read", place, EILSEQ)
        }
        return text
    }
}

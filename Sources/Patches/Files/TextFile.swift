/// A text the user names on the command line.
package enum TextFile {
    /// Reads a file, or standard input for `-`; bytes that are no UTF-8 are replaced.
    ///
    /// - Throws: `DiskProblem` when it is not there or cannot be read.
    package static func read(_ path: String) throws(DiskProblem) -> String {
        let place = DiskPath(path == "-" ? "/dev/stdin" : path)
        guard let bytes = try Disk.read(place) else { throw DiskProblem("cannot read", place, 2) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

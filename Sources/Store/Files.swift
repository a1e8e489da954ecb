import GitValues

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Creates a folder unless it is there; `false` when it cannot.
func createDirectory(_ path: String) -> Bool {
    if mkdir(path, 0o777) == 0 {
        SharedFiles.settle(path)
        return true
    }
    guard errno == EEXIST else { return false }
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// Whether a folder is there and has something in it.
func isNonEmptyDirectory(_ path: String) -> Bool {
    guard let handle = opendir(path) else { return false }
    defer { closedir(handle) }
    while let entry = readdir(handle) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
        if name != [0x2E] && name != [0x2E, 0x2E] { return true }
    }
    return false
}

/// Makes an empty file unless it is there; that it cannot be made is no error.
func makeFile(_ path: String) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    SharedFiles.settle(descriptor, at: path)
    if descriptor >= 0 { close(descriptor) }
}

/// The size of a file in bytes; 0 when there is none.
func fileSize(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
}

/// Whether a regular file is there.
func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
}

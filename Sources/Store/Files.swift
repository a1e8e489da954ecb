#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Creates a folder unless it is there; `false` when it cannot.
func createDirectory(_ path: String) -> Bool {
    if mkdir(path, 0o777) == 0 { return true }
    guard errno == EEXIST else { return false }
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// Whether a regular file is there.
func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
}

import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Folders that refs and logs need, and leave behind.
enum Folders {
    /// Makes the missing folders above a path.
    static func make(above path: String) -> Bool {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return true }
        let folder = String(path[..<slash])
        if makeOne(folder) { return true }
        return errno == ENOENT && make(above: folder) && makeOne(folder)
    }

    /// Makes a folder unless there is something; says whether it need not be tried again.
    private static func makeOne(_ folder: String) -> Bool {
        guard mkdir(folder, 0o777) == 0 else { return errno == EEXIST }
        SharedFiles.settle(folder)
        return true
    }

    /// Removes the folders above a path that are empty, up to two levels below a top: `refs/heads` stays.
    static func removeEmpty(above path: String, below top: String) {
        var folder = path[...]
        while let slash = folder.lastIndex(of: "/") {
            folder = folder[..<slash]
            let rest = folder.dropFirst(top.count + 1)
            guard folder.hasPrefix(top + "/"), rest.contains("/"), rmdir(String(folder)) == 0 else { return }
        }
    }

    /// Removes a folder that holds nothing but folders; says whether it is gone.
    static func removeEmptyTree(_ path: String) -> Bool {
        if rmdir(path) == 0 { return true }
        guard errno == ENOTEMPTY || errno == EEXIST, let stream = opendir(path) else { return errno == ENOENT }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        closedir(stream)
        return names.allSatisfy { removeEmptyTree(path + "/" + $0) } && rmdir(path) == 0
    }
}

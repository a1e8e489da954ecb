#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What is called `.git` below the top of a worktree.
///
/// In a folder that git knows files of, it neither lists nor cleans it: it never looks at that name. Whatever asks git
/// from there on, or looks for the top of the project, is led astray by it.
enum StrayRepositories {
    private static let name: [CChar] = Array(".git".utf8CString)

    /// The folders that hold one, as paths from the top; the top itself and the kept folders are not looked at.
    static func find(in top: String, except kept: [String]) -> [[UInt8]] {
        var found: [[UInt8]] = []
        visit([], top: Array(top.utf8), except: Set(kept.map { Array($0.utf8) }), &found)
        return found
    }

    /// Takes one away, by way of another name beside the worktree; `false` when it cannot be.
    static func remove(from folder: [UInt8], in top: String, by way: String) -> Bool {
        guard Files.remove(way) else { return false }
        let path = Array(top.utf8) + [UInt8(ascii: "/")] + folder + Array("/.git".utf8)
        let isAway = rename(terminated(path), way) == 0 || errno == ENOENT
        return isAway && Files.remove(way)
    }

    private static func visit(
        _ folder: [UInt8], top: [UInt8], except kept: Set<[UInt8]>, _ found: inout [[UInt8]]
    ) {
        let path = folder.isEmpty ? top : top + [UInt8(ascii: "/")] + folder
        let descriptor = open(terminated(path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        // A folder that cannot be read is one that git clean reports.
        guard descriptor >= 0 else { return }
        guard let stream = fdopendir(descriptor) else {
            close(descriptor)
            return
        }
        var inner: [[UInt8]] = []
        while let entry = readdir(stream) {
            let kind = Int32(entry.pointee.d_type)
            withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { text in
                    if strcmp(text, name) == 0 {
                        if !folder.isEmpty { found.append(folder) }
                    } else if isFolder(text, kind, in: descriptor) {
                        let bytes = UnsafeRawBufferPointer(start: text, count: strlen(text))
                        inner.append(folder.isEmpty ? Array(bytes) : folder + [UInt8(ascii: "/")] + bytes)
                    }
                }
            }
        }
        closedir(stream)
        for path in inner where !kept.contains(path) { visit(path, top: top, except: kept, &found) }
    }

    private static func terminated(_ path: [UInt8]) -> [CChar] { (path + [0]).map { CChar(bitPattern: $0) } }

    private static func isFolder(_ name: UnsafePointer<CChar>, _ kind: Int32, in folder: Int32) -> Bool {
        if strcmp(name, ".") == 0 || strcmp(name, "..") == 0 { return false }
        if kind != Int32(DT_UNKNOWN) { return kind == Int32(DT_DIR) }
        var status = stat()
        return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}

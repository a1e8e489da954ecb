#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One folder's part of a scan.
struct FolderPass {
    let scan: WorktreeScan
    let folder: WorktreeScan.Folder
    var findings = ScanFindings()
    /// Entries of files right in the folder.
    private(set) var files: [Int] = []
    /// Folders in it that must be scanned.
    private(set) var folders: [WorktreeScan.Folder] = []
    /// The files when they are too many for one task.
    var shares: [[Int]] = []
    private var ignored: IgnoreStack?
    private let index: IndexFile

    init(scan: WorktreeScan, folder: WorktreeScan.Folder) {
        self.scan = scan
        self.folder = folder
        index = scan.index
        ignored = folder.ignored
    }

    /// Puts the folder's own ignore file on top of the rules.
    mutating func readIgnoreFile(_ handle: Int32) {
        // Git follows no link here, warns of what it cannot read, and goes on. Only of a file marked skip-worktree it
        // would take the index's version; preflight has ruled those out.
        let file = openat(handle, ".gitignore", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { return }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.kind == S_IFREG,
            let content = try? Files.read(file, count: Int(status.st_size), ".gitignore")
        else { return }
        let rules = IgnoreRules(parsing: content)
        if !rules.rules.isEmpty { ignored = IgnoreStack(rules, depth: folder.path.count, parent: ignored) }
    }

    /// Tells files right in the folder from folders in it.
    mutating func divideEntries() {
        let depth = folder.path.count
        var entry = folder.entries.lowerBound
        while entry < folder.entries.upperBound {
            guard let length = index.nameLength(entry, from: depth) else {
                files.append(entry)
                entry += 1
                continue
            }
            let start = Int(index.pathStarts[entry])
            let path = Array(index.paths[start...(start + depth + length)])
            let end = index.endOfFolder(path, from: entry, limit: folder.entries.upperBound)
            let isListed = folder.isListed && !isIgnored(path.dropLast(), isFolder: true)
            folders.append(.init(path: path, entries: entry..<end, ignored: ignored, isListed: isListed))
            entry = end
        }
    }

    /// Compares files with their entries.
    mutating func examine(_ entries: [Int], _ handle: Int32) {
        let depth = folder.path.count
        index.paths.withUnsafeBytes { paths in
            index.bytes.withUnsafeBytes { bytes in
                for entry in entries {
                    let name = paths.baseAddress.map { $0 + Int(index.pathStarts[entry]) + depth }
                    let record = IndexEntry(base: bytes, offset: Int(index.starts[entry]))
                    if let name = name?.assumingMemoryBound(to: CChar.self) { examine(entry, record, name, handle) }
                }
            }
        }
    }

    private mutating func examine(_ entry: Int, _ record: IndexEntry, _ name: UnsafePointer<CChar>, _ handle: Int32) {
        var status = stat()
        guard fstatat(handle, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT || errno == ENOTDIR {
                findings.missing.append(entry)
            } else {
                findings.obstacles.append("'\(index.path(entry).text)' cannot be examined")
            }
            return
        }
        let file = FileStatus(status)
        switch file.kind {
        case .folder: findings.missing.append(entry)
        case .special: findings.obstacles.append("'\(index.path(entry).text)' is a special file now")
        case .regular, .link:
            if scan.rules.mayDiffer(record, file) { findings.touched.append(.init(entry: entry, status: file)) }
        }
    }

    /// Looks for names that the index does not have.
    mutating func listNames(_ handle: Int32) {
        let copy = dup(handle)
        guard copy >= 0, let stream = fdopendir(copy) else {
            findings.obstacles.append("the folder '\(folder.path.text)' cannot be listed")
            if copy >= 0 { close(copy) }
            return
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let type = Int32(entry.pointee.d_type)
            withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { name in
                    examineName(name, length: strlen(name), type: type, handle)
                }
            }
        }
    }

    private mutating func examineName(_ name: UnsafePointer<CChar>, length: Int, type: Int32, _ handle: Int32) {
        let bytes = UnsafeRawBufferPointer(start: name, count: length)
        if bytes[0] == UInt8(ascii: ".") {
            if length == 1 || (length == 2 && bytes[1] == UInt8(ascii: ".")) { return }
            if length == 4, bytes.elementsEqual(".git".utf8) {
                if !folder.path.isEmpty {
                    findings.obstacles.append("'\(folder.path.text)' is a repository of its own")
                }
                return
            }
        }
        let depth = folder.path.count
        if index.hasFile(bytes, from: depth, in: folder.entries) {
            // A tracked name is examined with its entry; a folder in its place must still be walked.
            guard type == Int32(DT_DIR) || type == Int32(DT_UNKNOWN) else { return }
        }
        var kind = type
        var status: FileStatus?
        if kind == Int32(DT_UNKNOWN) {
            guard let found = self.status(name, handle) else { return }
            status = found
            switch found.kind {
            case .regular: kind = Int32(DT_REG)
            case .link: kind = Int32(DT_LNK)
            case .folder: kind = Int32(DT_DIR)
            case .special: return
            }
            if kind != Int32(DT_DIR), index.hasFile(bytes, from: depth, in: folder.entries) { return }
        }
        if kind == Int32(DT_DIR) {
            let path = folder.path + bytes + [UInt8(ascii: "/")]
            if index.hasFolder(path, in: folder.entries) || isIgnored(path.dropLast(), isFolder: true) { return }
            noteOddName(bytes, isLink: false)
            folders.append(.init(path: path, entries: 0..<0, ignored: ignored, isListed: true))
        } else if kind == Int32(DT_REG) || kind == Int32(DT_LNK) {
            let path = folder.path + bytes
            if isIgnored(path[...], isFolder: false) { return }
            noteOddName(bytes, isLink: kind == Int32(DT_LNK))
            guard let found = status ?? self.status(name, handle) else { return }
            findings.untracked.append(.init(path: path, status: found))
        }
    }

    private func status(_ name: UnsafePointer<CChar>, _ handle: Int32) -> FileStatus? {
        var status = stat()
        return fstatat(handle, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? FileStatus(status) : nil
    }

    private func isIgnored(_ path: ArraySlice<UInt8>, isFolder: Bool) -> Bool {
        guard let ignored else { return false }
        return path.withUnsafeBytes { ignored.ignores($0, nameStart: folder.path.count, isFolder: isFolder) }
    }

    /// Git refuses names that some file systems take for `.git`; whether a name is one is left to git.
    private mutating func noteOddName(_ name: UnsafeRawBufferPointer, isLink: Bool) {
        if OddNames.isOdd(name, isLink: isLink) {
            findings.obstacles.append("'\(folder.path.text)\(String(decoding: name, as: UTF8.self))' is an odd name")
        }
    }
}

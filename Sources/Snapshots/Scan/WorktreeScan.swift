#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Compares the working tree with the index and finds what is untracked, on all cores.
///
/// Each folder is opened once: its tracked files are examined relative to it, then its names are listed and compared
/// with the index and the ignore rules.
final class WorktreeScan: Sendable {
    /// The top of the worktree, without a slash at the end.
    let worktree: String
    let index: IndexFile
    let rules: StatRules
    private let findings = SharedFindings()

    /// Folders with fewer entries are done by the task that finds them.
    private static let smallFolder = 64
    /// With no more tracked files than this one task does all of them: others would only be starting until then.
    private static let smallIndex = 512
    /// The files of a larger folder are shared out.
    private static let largeFolder = 4096

    init(worktree: String, index: IndexFile, rules: StatRules) {
        self.worktree = worktree
        self.index = index
        self.rules = rules
    }

    /// Scans everything.
    ///
    /// - Parameters:
    ///   - ignored: the ignore rules of the repository and the user.
    ///   - listsUntracked: whether untracked files are looked for.
    func run(ignored: IgnoreStack?, listsUntracked: Bool) async -> ScanFindings {
        await scan(Folder(path: [], entries: 0..<index.count, ignored: ignored, isListed: listsUntracked))
        return findings.sorted
    }

    /// A folder to scan.
    struct Folder: Sendable {
        /// Relative to the top, with a slash at the end; empty for the top.
        let path: [UInt8]
        /// The entries that lie in it, at any depth.
        let entries: Range<Int>
        /// The rules of the folders above.
        let ignored: IgnoreStack?
        /// Whether untracked files in it are looked for.
        let isListed: Bool
    }

    /// Scans a folder and all below it.
    ///
    /// A task group is opened for large folders only: it moves the work to another thread even when it gets no task.
    private func scan(_ folder: Folder) async {
        var found = Found()
        scan(folder, &found)
        if found.large.isEmpty && found.shares.isEmpty { return }
        await withTaskGroup(of: Void.self) { group in
            for (share, folder) in found.shares { group.addTask { self.scanShare(share, of: folder) } }
            for folder in found.large { group.addTask { await self.scan(folder) } }
        }
    }

    /// What is better done by several tasks.
    private struct Found {
        var large: [Folder] = []
        var shares: [([Int], Folder)] = []
    }

    /// Scans a folder and the small ones below it, and notes the others.
    private func scan(_ folder: Folder, _ found: inout Found) {
        let pass = scanFiles(of: folder)
        found.shares += pass.shares.map { ($0, folder) }
        for inner in pass.folders {
            let isSmall = index.count <= Self.smallIndex || inner.entries.count < Self.smallFolder
            if inner.entries.isEmpty || !isSmall {
                found.large.append(inner)
            } else {
                scan(inner, &found)
            }
        }
    }

    private func scanFiles(of folder: Folder) -> FolderPass {
        var pass = FolderPass(scan: self, folder: folder)
        guard let handle = open(folder, &pass.findings) else {
            findings.add(pass.findings)
            return pass
        }
        defer { close(handle) }
        if folder.isListed { pass.readIgnoreFile(handle) }
        pass.divideEntries()
        if pass.files.count > Self.largeFolder {
            let size = max(Self.largeFolder / 2, pass.files.count / 64)
            pass.shares = stride(from: 0, to: pass.files.count, by: size).map { start in
                Array(pass.files[start..<min(start + size, pass.files.count)])
            }
        } else {
            pass.examine(pass.files, handle)
        }
        if folder.isListed { pass.listNames(handle) }
        findings.add(pass.findings)
        return pass
    }

    private func scanShare(_ entries: [Int], of folder: Folder) {
        var pass = FolderPass(scan: self, folder: folder)
        if let handle = open(folder, &pass.findings, lost: entries) {
            pass.examine(entries, handle)
            close(handle)
        }
        findings.add(pass.findings)
    }

    /// Opens a folder; when it is none any more, all its entries are missing.
    private func open(_ folder: Folder, _ findings: inout ScanFindings, lost: [Int]? = nil) -> Int32? {
        // Without the slash at the end, so that a link to a folder is seen as the link it is.
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (folder.path.isEmpty ? 0 : O_NOFOLLOW)
        let handle = Files.withName(folder.path.dropLast(), in: worktree) { Files.retryingOpen($0, flags) } ?? -1
        if handle >= 0 { return handle }
        switch errno {
        case ENOENT, ENOTDIR, ELOOP: findings.missing += lost ?? Array(folder.entries)
        case let number:
            findings.obstacles.append(
                "the folder '\(folder.path.text)' cannot be read: \(String(cString: strerror(number)))")
        }
        return nil
    }
}

extension Files {
    /// Opens a path, again when a signal interrupts.
    static func retryingOpen(_ path: UnsafePointer<CChar>, _ flags: Int32) -> Int32 {
        while true {
            let file = open(path, flags)
            if file >= 0 || errno != EINTR { return file }
        }
    }
}

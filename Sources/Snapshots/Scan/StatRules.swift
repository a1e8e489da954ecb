/// When an entry of an index and the file on disk are surely the same, without reading the file.
///
/// The rules are git's (`Documentation/technical/racy-git.txt`, `core.trustctime`, `core.checkStat`), with nanoseconds
/// compared wherever the index has them: what that finds in excess is settled by content.
struct StatRules: Sendable {
    let trustsChangeTime: Bool
    /// False for `core.checkStat=minimal`: only the time in seconds and the size count.
    let checksEverything: Bool
    /// `core.fileMode`.
    let trustsMode: Bool
    /// `core.symlinks`.
    let hasLinks: Bool
    private let indexSeconds: Int64

    /// Reads the rules from the configuration; the index's own time tells which entries are racy.
    init(_ configuration: GitConfiguration, index: FileIdentity?) {
        trustsChangeTime = configuration.bool("core.trustctime") ?? true
        checksEverything = configuration.string("core.checkstat")?.lowercased() != "minimal"
        trustsMode = configuration.bool("core.filemode") ?? true
        hasLinks = configuration.bool("core.symlinks") ?? true
        indexSeconds = index?.seconds ?? 0
    }

    /// Whether a file may differ from its entry, so that its content must be compared.
    func mayDiffer(_ entry: IndexEntry, _ file: FileStatus) -> Bool {
        if differsInMode(entry.mode, file) { return true }
        if UInt32(truncatingIfNeeded: file.modifiedSeconds) != entry.modifiedSeconds { return true }
        if UInt32(truncatingIfNeeded: file.size) != entry.size { return true }
        // Git empties the size of an entry that was racy when it wrote the index and whose file it knows to differ.
        if entry.size == 0 && entry.digest != .emptyBlob { return true }
        if checksEverything {
            if entry.modifiedNanoseconds != 0 && entry.modifiedNanoseconds != file.modifiedNanoseconds { return true }
            if trustsChangeTime {
                if UInt32(truncatingIfNeeded: file.changedSeconds) != entry.changedSeconds { return true }
                if entry.changedNanoseconds != 0 && entry.changedNanoseconds != file.changedNanoseconds { return true }
            }
            if file.user != entry.user || file.group != entry.group { return true }
            if UInt32(truncatingIfNeeded: file.inode) != entry.inode { return true }
        }
        // A file may have changed after its entry was made without leaving a mark in its times, when its time is not older
        // than the index. Whole seconds decide, as in git as it is usually built: with changed attributes or settings, a
        // file that is read again can get another blob, and it should be the same files that are read again.
        return file.modifiedSeconds >= indexSeconds
    }

    private func differsInMode(_ mode: UInt32, _ file: FileStatus) -> Bool {
        switch (mode & 0o170000, file.kind) {
        case (0o100000, .regular): trustsMode && (mode & 0o100 != 0) != file.isExecutable
        case (0o120000, .link): false
        case (0o120000, .regular): hasLinks
        default: true
        }
    }

    /// The mode a file gets in the index, given the mode it has there; without one it is new.
    func mode(of file: FileStatus, in index: UInt32?) -> UInt32 {
        if file.kind == .link { return FileMode.link }
        if !hasLinks, let index, index == FileMode.link { return index }
        if !trustsMode {
            guard let index, index & 0o170000 == 0o100000 else { return FileMode.regular }
            return index
        }
        return file.isExecutable ? FileMode.executable : FileMode.regular
    }
}

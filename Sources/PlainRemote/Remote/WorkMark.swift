import GitProcess
package import GitValues
import Store

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Says, while it lives, that children of this process may write references: a file in `<store directory>/at-work`.
///
/// A process that is killed leaves its mark, and with it perhaps locks of a git child that was killed too; the next
/// command finds the mark and looks for them. Only tidiness depends on it, so a mark that cannot be written is no error.
package struct WorkMark: ~Copyable {
    private let path: String

    /// Makes the mark.
    package init(_ location: RepositoryLocation) {
        let folder = WorkMark.folder(of: location)
        let owner = ProcessMark.current()
        path = "\(folder)/\(owner.pid)-\(RecordID.make())"
        for place in [location.storeDirectory, folder] where mkdir(place, 0o777) == 0 { SharedFiles.settle(place) }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { return }
        SharedFiles.settle(descriptor, at: path)
        let text = WorkMark.text(of: owner) + "\n"
        _ = text.withCString { write(descriptor, $0, strlen($0)) }
        close(descriptor)
    }

    // A killed child may have left locks, which cannot be told from those of others before this process has ended.
    deinit { if !KilledChildren.any { unlink(path) } }

    static func folder(of location: RepositoryLocation) -> String { location.storeDirectory + "/at-work" }

    /// How a mark names a process.
    static func text(of owner: ProcessMark) -> String { "\(owner.pid) \(owner.start) \(owner.boot)" }

    /// The process a mark names; `nil` when it was killed while it wrote it.
    static func owner(_ text: String) -> ProcessMark? {
        let fields = text.split(separator: "\n").first?.split(separator: " ", omittingEmptySubsequences: false)
        guard let fields, fields.count == 3, let pid = Int32(fields[0]), let start = UInt64(fields[1]) else {
            return nil
        }
        return ProcessMark(pid: pid, start: start, boot: String(fields[2]))
    }
}

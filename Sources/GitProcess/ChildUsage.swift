import CChildUsage
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a command used.
package struct ChildUsage: Sendable, Hashable {
    /// Seconds of processor time: its own and that of all children that were waited for.
    package var cpu: Double
    /// The most memory it held, in bytes: of all its processes together as far as was seen while it ran, of the largest
    /// one in any case. Shared pages count for each process, and it is never less than what this process holds, because
    /// the kernel counts from before the command was loaded.
    package var memory: Int64

    /// Whether a process is still there to be asked.
    enum Answer {
        case ended(ChildUsage)
        case running
        /// No child, or a system that does not tell.
        case unknown
    }

    /// What a child used that was not waited for yet.
    static func of(_ process: Int32) -> Answer {
        var (cpu, memory): (Int64, Int64) = (0, 0)
        switch gitpatch_child_usage(process, &cpu, &memory) {
        case 1: return .ended(ChildUsage(cpu: Double(cpu) / 1e6, memory: memory))
        case 0: return .running
        default: return .unknown
        }
    }
}

/// How much memory the processes of each group hold, looked at anew a few times a second at most however many ask.
enum GroupMemory {
    private struct Look {
        var time: SuspendingClock.Instant
        var groups: [Int32: Int64]
    }

    private static let latest = Mutex<Look?>(nil)

    /// Bytes of all processes of a group; `nil` where nobody tells (no `/proc`).
    static func of(_ group: Int32) -> Int64? {
        let now = SuspendingClock().now
        return latest.withLock { latest in
            if let look = latest, now - look.time < .milliseconds(200) { return look.groups[group] }
            let groups = sums()
            latest = Look(time: now, groups: groups)
            return groups[group]
        }
    }

    /// The bytes of each group, from files as the kernel writes them (proc(5)).
    static func sums(in folder: String = "/proc") -> [Int32: Int64] {
        guard let stream = opendir(folder) else { return [:] }
        defer { closedir(stream) }
        let page = Int64(sysconf(Int32(_SC_PAGESIZE)))
        var sums: [Int32: Int64] = [:]
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard Int32(name) != nil, let text = readSmallFile("\(folder)/\(name)/stat"),
                let close = text.lastIndex(of: ")")
            else { continue }
            // The third and the 22nd field behind the name: group and pages held.
            let fields = text[text.index(after: close)...].split(separator: " ", maxSplits: 22)
            guard fields.count > 21, let group = Int32(fields[2]), let pages = Int64(fields[21]) else { continue }
            sums[group, default: 0] += pages * page
        }
        return sums
    }
}

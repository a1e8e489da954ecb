#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Names one process for good: its number, the moment it started, and the boot it started in.
///
/// Process numbers are reused; the start time tells a stranger with the same number from the process meant.
package struct ProcessMark: Sendable, Hashable, Codable, CustomStringConvertible {
    package let pid: Int32
    /// The kernel's start time of the process, in its own unit; 0 where it cannot be read.
    package let start: UInt64
    /// The kernel's boot id; empty where there is none.
    package let boot: String

    /// Creates a mark from its parts.
    package init(pid: Int32, start: UInt64, boot: String) {
        self.pid = pid
        self.start = start
        self.boot = boot
    }

    /// This process.
    package static func current() -> ProcessMark { own }

    private static let own = of(getpid())

    /// The process that has a number now.
    package static func of(_ pid: Int32) -> ProcessMark {
        ProcessMark(pid: pid, start: startTime(of: pid) ?? 0, boot: bootID())
    }

    /// Whether the process still runs. Where start times cannot be read, a live process number is enough.
    package var isAlive: Bool {
        if !boot.isEmpty, boot != ProcessMark.bootID() { return false }
        guard kill(pid, 0) == 0 || errno == EPERM else { return false }
        guard start != 0, let now = ProcessMark.startTime(of: pid) else { return true }
        return now == start
    }

    package var description: String { "process \(pid)" }

    /// Field 22 of /proc/PID/stat (proc(5)): clock ticks since boot; zombies count as gone.
    private static func startTime(of pid: Int32) -> UInt64? {
        guard let text = readSmallFile("/proc/\(pid)/stat"), let close = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return fields.isEmpty ? nil : UInt64.max }
        return UInt64(fields[19])
    }

    private static func bootID() -> String {
        readSmallFile("/proc/sys/kernel/random/boot_id")?.split(separator: "\n").first.map(String.init) ?? ""
    }

    private static func readSmallFile(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
}

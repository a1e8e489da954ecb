#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What this machine, or the container around this process, has to give at the moment.
struct MachineRoom: Hashable, Sendable {
    /// Processors this process may run on.
    var processors: Int
    /// Processors' worth of time the control groups grant; `nil` without a limit.
    var quota: Double?
    /// Bytes that are free or can be freed, the limit of the control groups counted; `nil` when nobody tells.
    var memory: Int64?
    /// Percent of the last ten seconds in which something waited for memory; `nil` when nobody tells.
    var memoryPressure: Double?

    /// What a check is taken to need.
    static let memoryOfACheck: Int64 = 256 << 20
    /// From this on more work at once makes all of it slower.
    static let highPressure = 20.0

    /// How many checks run at once: never more than processors, quota and memory bear, half of it while memory is short.
    ///
    /// A busy processor does not count: checks share it fairly, and their own run before would make them fewer.
    var jobs: Int {
        var count = max(1, processors)
        if let quota { count = min(count, Int(quota.rounded(.up))) }
        if let memory { count = min(count, Int(memory / MachineRoom.memoryOfACheck)) }
        if let memoryPressure, memoryPressure >= MachineRoom.highPressure { count /= 2 }
        return max(1, count)
    }
}

extension MachineRoom {
    /// Looks at the machine.
    ///
    /// - Parameter root: what the paths of the kernel's files begin with; tests put their own there.
    static func now(root: String = "", processors: Int? = nil) -> MachineRoom {
        let groups = ControlGroups(root: root)
        let processors = processors ?? onlineProcessors
        return MachineRoom(
            processors: min(processors, allowedProcessors(root) ?? processors), quota: groups.quota,
            memory: [freeMemory(root), groups.memory].compactMap { $0 }.min(),
            memoryPressure: pressure(root + "/proc/pressure/memory"))
    }

    private static var onlineProcessors: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// How many processors the scheduler may put this process on: `0-3,8` are five.
    private static func allowedProcessors(_ root: String) -> Int? {
        guard let text = Files.text(root + "/proc/self/status"),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed_list:") })
        else { return nil }
        var count = 0
        for range in line.dropFirst("Cpus_allowed_list:".count).split(separator: ",") {
            let ends = range.split(separator: "-").compactMap { Int($0.filter(\.isNumber)) }
            guard let first = ends.first, let last = ends.last, first <= last else { return nil }
            count += last - first + 1
        }
        return count > 0 ? count : nil
    }

    private static func freeMemory(_ root: String) -> Int64? {
        guard let text = Files.text(root + "/proc/meminfo") else { return nil }
        return ControlGroups.number(after: "MemAvailable:", in: text).map { $0 << 10 }
    }

    /// The `avg10` of the line `some`.
    private static func pressure(_ path: String) -> Double? {
        guard let line = Files.text(path)?.split(separator: "\n").first(where: { $0.hasPrefix("some ") }),
            let word = line.split(separator: " ").first(where: { $0.hasPrefix("avg10=") })
        else { return nil }
        return Double(word.dropFirst("avg10=".count))
    }
}

/// The limits of the control groups around this process, of both versions; a limit that cannot be read is none.
private struct ControlGroups {
    private(set) var quota: Double?
    private(set) var memory: Int64?

    init(root: String) {
        let mount = root + "/sys/fs/cgroup"
        var unified = ""
        for line in (Files.text(root + "/proc/self/cgroup") ?? "").split(separator: "\n") where line.hasPrefix("0::") {
            unified = String(line.dropFirst(3))
        }
        // A limit of any group above holds as well; in a container the path may lie outside of what is mounted.
        var path = unified == "/" ? "" : unified
        while true {
            look(mount + path)
            guard let slash = path.lastIndex(of: "/") else { break }
            path = String(path[..<slash])
        }
        if let quota = ControlGroups.number(mount + "/cpu/cpu.cfs_quota_us"), quota > 0,
            let period = ControlGroups.number(mount + "/cpu/cpu.cfs_period_us"), period > 0
        {
            narrow(quota: Double(quota) / Double(period))
        }
        if let limit = ControlGroups.number(mount + "/memory/memory.limit_in_bytes") {
            narrow(limit, Files.text(mount + "/memory/memory.stat"), used: "total_rss ")
        }
    }

    private mutating func look(_ folder: String) {
        let words = (Files.text(folder + "/cpu.max") ?? "").split { $0 == " " || $0 == "\n" }
        if words.count == 2, let quota = Double(words[0]), let period = Double(words[1]), quota > 0, period > 0 {
            narrow(quota: quota / period)
        }
        if let limit = ControlGroups.number(folder + "/memory.max") {
            narrow(limit, Files.text(folder + "/memory.stat"), used: "anon ")
        }
    }

    private mutating func narrow(quota other: Double) { quota = min(quota ?? other, other) }

    /// Files that are kept in memory can go, so only what programs hold counts as used.
    private mutating func narrow(_ limit: Int64, _ statistics: String?, used key: String) {
        let left = max(0, limit - (statistics.flatMap { ControlGroups.number(after: key, in: $0) } ?? 0))
        memory = min(memory ?? left, left)
    }

    private static func number(_ path: String) -> Int64? {
        Files.text(path).flatMap { $0.split(separator: "\n").first.flatMap { Int64($0) } }
    }

    static func number(after key: String, in text: String) -> Int64? {
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(key) }) else { return nil }
        return line.dropFirst(key.count).split(separator: " ").first.flatMap { Int64($0) }
    }
}

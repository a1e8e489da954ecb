import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a finished command left running: members of its process group, and, where `/proc` exists, every process that
/// carries its mark in the environment, holds its output open or hides in a folder where nobody else works, daemons that
/// left the group included.
struct Leftovers: Sendable {
    /// The process group: the number of the command's first process, which has been waited for.
    let group: Int32
    /// The whole variable, `GITPATCH_RUN=…`.
    let mark: String
    /// The pipe that was its output, as `/proc` names it; `nil` when that is not known.
    let output: String?
    /// A folder, links resolved, that only this command still worked in.
    let folder: String?
    /// The lowest process number to look at.
    let since: Int32
    /// Whether process numbers may have wrapped around since the command started.
    let mayHaveWrapped: Bool

    /// Ends what is left: TERM, at most `grace`, then KILL. Returns how many processes there were.
    ///
    /// Goes on when the task is cancelled: leaving processes behind is never the answer.
    func end(grace: TimeSpan) async -> Int {
        var found = alive()
        if found.isEmpty { return 0 }
        var all = Set(found)
        strike(found, SIGTERM)
        let clock = SuspendingClock()
        var deadline = clock.now.advanced(by: .seconds(grace.seconds))
        var pause = 5
        var isKilling = false
        while !found.isEmpty {
            if clock.now >= deadline {
                if isKilling { break }  // Not ours to kill, or stuck in the kernel: the watcher tries again.
                isKilling = true
                deadline = clock.now.advanced(by: .seconds(2))
            }
            if isKilling { strike(found, SIGKILL) }
            await pauseUncancelled(milliseconds: pause)
            pause = min(pause * 2, 100)
            found = alive()
            all.formUnion(found)
        }
        return all.count
    }

    private func strike(_ processes: [Int32], _ number: Int32) {
        kill(-group, number)
        for process in processes where process != group { kill(process, number) }
    }

    /// The processes that are left; the number of the group stands for members that cannot be listed.
    private func alive() -> [Int32] {
        let groupExists = kill(-group, 0) == 0 || errno == EPERM
        guard let candidates = candidates(all: groupExists || mayHaveWrapped) else { return groupExists ? [group] : [] }
        return candidates.filter { process in
            guard let status = ProcessStatus(of: process), !status.isGone else { return false }
            return (groupExists && status.group == group) || carriesMark(process) || holdsOutput(process)
                || (status.isDaemon && hidesInFolder(process))
        }
    }

    /// Process numbers to look at: all, or those handed out since the command started. `nil` without `/proc`.
    private func candidates(all: Bool) -> [Int32]? {
        guard let load = readSmallFile("/proc/loadavg"), let stream = opendir("/proc") else { return nil }
        defer { closedir(stream) }
        let last = load.split(whereSeparator: { $0 == " " || $0 == "\n" }).last.flatMap { Int32($0) } ?? 0
        let isWide = all || last < since
        var processes: [Int32] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let process = Int32(name), isWide || process >= since, process != getpid() { processes.append(process) }
        }
        return processes
    }

    private func holdsOutput(_ process: Int32) -> Bool {
        guard let output else { return false }
        return (0...2).contains { link("/proc/\(process)/fd/\($0)") == output }
    }

    private func carriesMark(_ process: Int32) -> Bool {
        variables(of: process).contains { $0.elementsEqual(mark.utf8) }
    }

    /// Whether it works in the folder and carries no mark: with one it is of a command that goes on.
    private func hidesInFolder(_ process: Int32) -> Bool {
        guard let folder, let place = link("/proc/\(process)/cwd"), place == folder || place.hasPrefix(folder + "/")
        else { return false }
        return !variables(of: process).contains { $0.starts(with: "GITPATCH_RUN=".utf8) }
    }

    private func variables(of process: Int32) -> [ArraySlice<UInt8>] {
        readBytes("/proc/\(process)/environ")?.split(separator: 0) ?? []
    }
}

/// The facts of `/proc/PID/stat` (proc(5)) that matter here.
private struct ProcessStatus {
    let group: Int32
    let isGone: Bool
    /// Whether it is in another session than we are, and in one without a terminal: no shell that somebody types in.
    let isDaemon: Bool

    init?(of process: Int32) {
        guard let text = readSmallFile("/proc/\(process)/stat"), let close = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 4, let group = Int32(fields[2]) else { return nil }
        self.group = group
        isDaemon = fields[4] == "0" && Int32(fields[3]) != getsid(0)
        isGone = fields[0] == "Z" || fields[0] == "X"
    }
}

/// What `/proc` calls the pipe that is a process's standard output; `nil` when it is none, or is not known.
func pipe(of process: Int32) -> String? {
    link("/proc/\(process)/fd/1").flatMap { $0.hasPrefix("pipe:") ? $0 : nil }
}

private func link(_ path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink(path, &buffer, 4096)
    guard count > 0, count < 4096 else { return nil }
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Sleeps even when the surrounding task is cancelled.
func pauseUncancelled(milliseconds: Int) async {
    // A task of its own is not cancelled with its maker; it is awaited at once.
    await Task { try? await Task.sleep(for: .milliseconds(milliseconds)) }.value
}

func readSmallFile(_ path: String) -> String? { readBytes(path).map { String(decoding: $0, as: UTF8.self) } }

private func readBytes(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return count == 0 ? bytes : nil }
        bytes.append(contentsOf: buffer[..<count])
    }
}

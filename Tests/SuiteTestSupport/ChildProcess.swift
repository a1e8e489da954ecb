import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// A child of the tests that is started and waited for without an event loop.
///
/// `Foundation.Process.waitUntilExit` runs a loop on the calling thread and may wait for ever on one that the concurrency
/// pool owns; this waits for the process and nothing else, so it blocks only as long as the child lives.
package final class ChildProcess {
    /// Where a standard stream of the child goes.
    package enum Stream {
        case null
        /// Closed here once the child has it.
        case descriptor(Int32)
    }

    /// The child could not be started.
    package struct NotStarted: Error { package let program: String, number: Int32 }

    /// The process; it stays a zombie, and the number its own, until it was waited for.
    package let pid: Int32
    private var status: Int32?

    /// Starts a program, named by its path, with default signals. `nil` for the environment: that of the tests.
    package init(
        _ program: String, _ arguments: [String], environment: [String: String]? = nil, input: Stream = .null,
        output: Stream = .null
    ) throws {
        var actions = ChildProcess.makeActions(input, output)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = ChildProcess.makeAttributes()
        defer { posix_spawnattr_destroy(&attributes) }
        let variables = environment ?? ProcessInfo.processInfo.environment
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        var settings: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") }
        defer { (words + settings).forEach { free($0) } }
        words.append(nil)
        settings.append(nil)
        var started: pid_t = 0
        let number = posix_spawn(&started, program, &actions, &attributes, words, settings)
        for case .descriptor(let descriptor) in [input, output] { close(descriptor) }
        guard number == 0 else { throw NotStarted(program: program, number: number) }
        pid = started
    }

    /// Runs a program to its end and collects what it writes; exit code 128 plus the number for a signal.
    package static func run(
        _ program: String, _ arguments: [String], environment: [String: String]? = nil, input: [UInt8] = []
    ) throws -> (code: Int32, output: [UInt8]) {
        // A file in between: nobody has to read and write at the same time, and no other child keeps an end open.
        let given = try temporaryFile()
        try given.write(contentsOf: Data(input))
        try given.seek(toOffset: 0)
        let written = try temporaryFile()
        let child = try ChildProcess(
            program, arguments, environment: environment, input: .descriptor(copy(of: given)),
            output: .descriptor(copy(of: written)))
        let code = child.wait()
        try written.seek(toOffset: 0)
        return (code, Array(try written.readToEnd() ?? Data()))
    }

    /// Whether the process still runs.
    package var isRunning: Bool {
        reap(WNOHANG)
        return status == nil
    }

    /// Waits for the end; the exit code, 128 plus the number for a signal.
    @discardableResult package func wait() -> Int32 {
        while status == nil { reap(0) }
        let status = status ?? 0
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    /// Asks the process to end, waits two seconds at the most, then kills it.
    package func end() {
        if isRunning { kill(pid, SIGTERM) }
        for _ in 0..<100 where isRunning { usleep(20_000) }
        if isRunning { kill(pid, SIGKILL) }
        wait()
    }

    private func reap(_ options: Int32) {
        guard status == nil else { return }
        var value: Int32 = 0
        let answer = waitpid(pid, &value, options)
        if answer == pid { status = value }
        if answer < 0 && errno != EINTR { status = 127 << 8 }
    }

    private static func temporaryFile() throws -> FileHandle {
        let path = NSTemporaryDirectory() + "gitpatch-test-stream-\(UUID().uuidString)"
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw NotStarted(program: path, number: errno) }
        unlink(path)
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    private static func copy(of file: FileHandle) -> Int32 { fcntl(file.fileDescriptor, F_DUPFD_CLOEXEC, 0) }

    #if canImport(Glibc)
        private typealias Actions = posix_spawn_file_actions_t
        private typealias Attributes = posix_spawnattr_t
    #else
        private typealias Actions = posix_spawn_file_actions_t?
        private typealias Attributes = posix_spawnattr_t?
    #endif

    private static func makeActions(_ input: Stream, _ output: Stream) -> Actions {
        #if canImport(Glibc)
            var actions = posix_spawn_file_actions_t()
        #else
            var actions: posix_spawn_file_actions_t?
        #endif
        posix_spawn_file_actions_init(&actions)
        for (number, stream, flags) in [(Int32(0), input, O_RDONLY), (1, output, O_WRONLY), (2, .null, O_WRONLY)] {
            switch stream {
            case .null: posix_spawn_file_actions_addopen(&actions, number, "/dev/null", flags, 0)
            case .descriptor(let descriptor): posix_spawn_file_actions_adddup2(&actions, descriptor, number)
            }
        }
        return actions
    }

    private static func makeAttributes() -> Attributes {
        #if canImport(Glibc)
            var attributes = posix_spawnattr_t()
        #else
            var attributes: posix_spawnattr_t?
        #endif
        posix_spawnattr_init(&attributes)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        return attributes
    }
}

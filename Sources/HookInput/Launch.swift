import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Starting other programs from a hook: become one, run one, or leave one behind.
enum Launch {
    /// Becomes the program. Returns only when that is not possible; the reason is then in `errno`.
    ///
    /// A script without `#!` is given to `sh`, as git does with hooks.
    ///
    /// - Returns: `false` when the input could not be handed on, so that nothing was tried.
    @discardableResult
    static func become(_ path: String, _ arguments: [String], input: [UInt8]? = nil) -> Bool {
        if let input, !replay(input) { return false }
        untilWritten { withCStrings([path] + arguments) { _ = execve(path, $0, environ) } }
        if errno == ENOEXEC { withCStrings(["sh", path] + arguments) { _ = execve("/bin/sh", $0, environ) } }
        return true
    }

    /// Tries again for a second while somebody writes to the program: it is being installed anew.
    private static func untilWritten(_ start: () -> Void) {
        for _ in 0..<50 {
            start()
            guard errno == ETXTBSY else { return }
            usleep(20_000)
        }
    }

    /// Runs the program with our streams and the given input, passing on signals meant for us. Returns its exit code,
    /// 128 plus the number for a signal, `nil` when it could not be started.
    static func run(_ path: String, _ arguments: [String], input: [UInt8]) -> Int32? {
        let stream = makeStream(of: input)
        guard stream >= 0 else { return nil }
        var actions = FileActions()
        posix_spawn_file_actions_adddup2(&actions.value, stream, 0)
        var child = spawn(path, arguments, &actions, flags: 0)
        if child == nil, errno == ENOEXEC { child = spawn("/bin/sh", [path] + arguments, &actions, flags: 0) }
        close(stream)
        guard let child else { return nil }
        running.store(child, ordering: .relaxed)
        for number in [SIGTERM, SIGHUP] { signal(number) { kill(running.load(ordering: .relaxed), $0) } }
        signal(SIGINT, SIG_IGN)  // The terminal sends it to the child, too; its answer is ours.
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 { if errno != EINTR { return nil } }
        for number in [SIGTERM, SIGHUP, SIGINT] { signal(number, SIG_DFL) }
        let ended = status & 0x7f
        return ended == 0 ? (status >> 8) & 0xff : 128 + ended
    }

    /// Starts the program in a session of its own with all streams on `/dev/null`, at low priority, and does not wait.
    ///
    /// Nothing of the caller's stays open in it: a pipe that a child keeps open makes `git commit | cat` wait.
    static func leaveBehind(_ path: String, _ arguments: [String], environment: [String]) -> Bool {
        var actions = FileActions()
        for descriptor: Int32 in 0...2 {
            posix_spawn_file_actions_addopen(&actions.value, descriptor, "/dev/null", O_RDWR, 0)
        }
        #if canImport(Darwin)
            let flags = POSIX_SPAWN_SETSID | POSIX_SPAWN_CLOEXEC_DEFAULT
        #else
            for descriptor in openDescriptors() where descriptor > 2 {
                posix_spawn_file_actions_addclose(&actions.value, descriptor)
            }
            let flags = 0x80  // POSIX_SPAWN_SETSID of glibc and musl, which their headers show to GNU sources only.
        #endif
        guard let child = spawn(path, arguments, &actions, flags: Int32(flags), environment: environment) else {
            return false
        }
        #if canImport(Glibc)
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(child), 10)
        #else
            setpriority(PRIO_PROCESS, id_t(child), 10)
        #endif
        return true
    }

    private static func openDescriptors() -> [Int32] {
        guard let stream = opendir("/dev/fd") else { return [] }
        defer { closedir(stream) }
        var descriptors: [Int32] = []
        while let entry = readdir(stream) {
            if let descriptor = Int32(entryName(entry)), descriptor != dirfd(stream) { descriptors.append(descriptor) }
        }
        return descriptors
    }

    private static func spawn(
        _ path: String, _ arguments: [String], _ actions: inout FileActions, flags: Int32, environment: [String]? = nil
    ) -> pid_t? {
        var attributes = SpawnAttributes()
        posix_spawnattr_setflags(&attributes.value, Int16(truncatingIfNeeded: flags))
        var child: pid_t = 0
        var status: Int32 = 0
        untilWritten {
            status = withCStrings([path] + arguments) { argv in
                if let environment {
                    withCStrings(environment) { posix_spawn(&child, path, &actions.value, &attributes.value, argv, $0) }
                } else {
                    posix_spawn(&child, path, &actions.value, &attributes.value, argv, environ)
                }
            }
            errno = status
        }
        return status == 0 ? child : nil
    }

    /// Puts bytes that were read from standard input back in front of it.
    private static func replay(_ input: [UInt8]) -> Bool {
        let stream = makeStream(of: input)
        guard stream >= 0 else { return false }
        let isDone = dup2(stream, 0) == 0
        close(stream)
        return isDone
    }

    /// A descriptor that gives the bytes and then ends: a pipe for what fits into any pipe, else a file without a name.
    private static func makeStream(of input: [UInt8]) -> Int32 {
        if input.isEmpty { return open("/dev/null", O_RDONLY | O_CLOEXEC) }
        if input.count <= 4096 {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { return -1 }
            let isWritten = writeAll(input, to: ends[1])
            close(ends[1])
            return isWritten ? ends[0] : -1
        }
        let folders = [getenv("TMPDIR").map { String(cString: $0) }, "/tmp", "/var/tmp", "/dev/shm"]
        for folder in folders.compactMap({ $0 }) {
            var template = Array((folder + "/git-patch-hook-XXXXXX").utf8CString)
            let descriptor = mkstemp(&template)
            if descriptor < 0 { continue }
            unlink(template)
            if writeAll(input, to: descriptor), lseek(descriptor, 0, SEEK_SET) == 0 { return descriptor }
            let reason = errno
            close(descriptor)
            errno = reason
        }
        return -1
    }
}

/// The program that a signal for us is passed on to.
private let running = Atomic<Int32>(0)

/// Owns a list of file actions.
private struct FileActions: ~Copyable {
    #if canImport(Darwin)
        var value: posix_spawn_file_actions_t?
    #else
        var value = posix_spawn_file_actions_t()
    #endif
    init() { posix_spawn_file_actions_init(&value) }
    deinit {
        var value = value
        posix_spawn_file_actions_destroy(&value)
    }
}

/// Owns the attributes of a start.
private struct SpawnAttributes: ~Copyable {
    #if canImport(Darwin)
        var value: posix_spawnattr_t?
    #else
        var value = posix_spawnattr_t()
    #endif
    init() { posix_spawnattr_init(&value) }
    deinit {
        var value = value
        posix_spawnattr_destroy(&value)
    }
}

/// Gives strings as a C array that ends in a null pointer.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers = strings.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers)
}

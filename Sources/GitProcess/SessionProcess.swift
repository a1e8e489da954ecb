import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A process in a session of its own: no terminal, no signal and no open stream of ours reaches it.
///
/// This is the one thing that Subprocess cannot give: a child that may outlive us.
package struct SessionProcess: Sendable {
    /// The number of the process, which is also the number of its session and its group.
    package let pid: Int32

    /// Starts a program that may go on after we end, with our environment: standard output and error on the null
    /// device, nothing of ours open in it but its standard input.
    ///
    /// - Parameters:
    ///   - program: an absolute path.
    ///   - input: becomes its standard input; the null device when `nil`.
    /// - Throws: `GitProcessError` when it cannot be started.
    package static func startDetached(
        _ program: String, _ arguments: [String], input: Int32? = nil
    ) throws(GitProcessError) -> SessionProcess {
        try start(
            program, arguments, environment: ProcessEnvironment.all.map { "\($0.key)=\($0.value)" }, input: input,
            holding: nil)
    }

    /// Starts a program with a descriptor as its standard input and another one kept open in it as number 3.
    static func start(
        _ program: String, _ arguments: [String], environment: [String], input: Int32?, holding: Int32?
    ) throws(GitProcessError) -> SessionProcess {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        if let holding { posix_spawn_file_actions_adddup2(&actions, holding, 3) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for number in [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGCHLD] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let flags = newSession | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        posix_spawnattr_setflags(&attributes, Int16(truncatingIfNeeded: flags))

        var pid: pid_t = 0
        let status = withCStrings([program] + arguments) { words in
            withCStrings(environment) { variables in
                posix_spawn(&pid, program, &actions, &attributes, words, variables)
            }
        }
        guard status == 0 else {
            throw GitProcessError(code: .notStarted, operation: program, message: String(cString: strerror(status)))
        }
        return SessionProcess(pid: pid)
    }

    /// Waits until a child of this process has ended. Blocks: only for children that end at once.
    func wait() {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    }
}

#if canImport(Darwin)
    private let newSession = Int32(POSIX_SPAWN_SETSID)
#else
    /// `POSIX_SPAWN_SETSID` of glibc and musl, which their headers hide from Swift.
    private let newSession: Int32 = 0x80
#endif

/// Calls a body with strings as a null-terminated array of C strings.
private func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
}

import GitValues
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A signal asked this process to end.
package struct Interrupted: ProblemReport, Hashable {
    /// The number of the signal.
    package let signal: Int32

    /// Creates the problem of a signal.
    package init(signal: Int32) { self.signal = signal }

    package var problemCode: String { "interrupted" }
    package var exitStatus: Int32 { 128 + signal }
    package var description: String { "interrupted by signal \(signal)" }
}

/// INT, TERM and HUP while commands run: passed on to every command, which then has its grace before it is ended.
package enum Interruption {
    /// Whether a signal has come: nothing new is to be started.
    package static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

    /// Runs a body that a signal cancels. A second signal kills all commands at once.
    ///
    /// Signals that were ignored when this process started (`nohup`) stay ignored.
    ///
    /// - Parameter isLast: whether the process only has to end afterwards; else signals do again what they did before.
    /// - Throws: `Interrupted` when a signal came, whatever the body made of its cancellation; else what it throws.
    package static func run<Result: Sendable>(
        isLast: Bool = true, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let (result, interrupted) = await settle(isLast: isLast, body)
        if let interrupted { throw interrupted }
        return try result.get()
    }

    /// The same for a body whose result counts although a signal came.
    package static func settle<Result: Sendable>(
        isLast: Bool = true, _ body: @escaping @Sendable () async throws -> Result
    ) async -> (result: Swift.Result<Result, any Error>, interrupted: Interrupted?) {
        let task = Task { try await body() }
        cancellation.withLock { $0 = { task.cancel() } }
        let previous = install()
        let result = await task.result
        if !isLast {
            for (number, handler) in previous { signal(number, handler) }
            cancellation.withLock { $0 = nil }
        }
        let number = received.load(ordering: .relaxed)
        return (result, number == 0 ? nil : Interrupted(signal: number))
    }

    /// What a signal leads to wherever nothing runs that it cancels; without this it ends the process at once.
    ///
    /// - Parameter body: runs on a thread of its own.
    package static func otherwise(_ body: @escaping @Sendable (Interrupted) -> Void) {
        fallback.withLock { $0 = body }
        _ = install()
    }

    private static let received = Atomic<Int32>(0)
    private static let pipeEnd = Atomic<Int32>(-1)
    private static let cancellation = Mutex<(@Sendable () -> Void)?>(nil)
    private static let fallback = Mutex<(@Sendable (Interrupted) -> Void)?>(nil)

    /// What a handler may do is little: it writes the number of the signal into a pipe that a thread reads.
    private static func install() -> [(Int32, SignalHandler?)] {
        if pipeEnd.load(ordering: .relaxed) < 0 {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { return [] }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            pipeEnd.store(ends[1], ordering: .relaxed)
            startThread(reading: ends[0])
        }
        return [SIGINT, SIGTERM, SIGHUP].map { number in
            let previous = signal(number) { number in
                let saved = errno
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(Interruption.pipeEnd.load(ordering: .relaxed), &byte, 1)
                errno = saved
            }
            if unsafeBitCast(previous, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) { signal(number, SIG_IGN) }
            return (number, previous)
        }
    }

    private typealias SignalHandler = @convention(c) (Int32) -> Void

    private static func startThread(reading end: Int32) {
        Thread.start {
            var byte: UInt8 = 0
            while true {
                let count = read(end, &byte, 1)
                if count < 0 && errno == EINTR { continue }
                guard count == 1 else { return }
                let isFirst = received.compareExchange(
                    expected: 0, desired: Int32(byte), ordering: .relaxed
                ).exchanged
                ProcessGroups.signal(isFirst ? Int32(byte) : SIGKILL)
                if isFirst {
                    // Commands get a moment for the signal itself before the cancellation sends TERM.
                    for _ in 0..<20 where !ProcessGroups.isEmpty { usleep(50_000) }
                }
                if let cancel = cancellation.withLock({ $0 }) {
                    cancel()
                } else {
                    fallback.withLock { $0 }?(Interrupted(signal: Int32(byte)))
                }
            }
        }
    }

    /// Sends a signal to this process when a condition that is waited for in a thread of its own comes to hold.
    package static func raise(_ number: Int32, when condition: @escaping @Sendable () -> Bool) {
        Thread.start { if condition() { kill(getpid(), number) } }
    }
}

/// A thread of the system, for work that blocks.
private enum Thread {
    static func start(_ body: @escaping @Sendable () -> Void) {
        let work = Unmanaged.passRetained(Work(body))
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let status = pthread_create(
            &thread, nil,
            { argument in
                #if canImport(Darwin)
                    Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
                #else
                    if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
                #endif
                return nil
            }, work.toOpaque())
        if status != 0 { work.release() }
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}

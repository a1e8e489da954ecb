package import GitValues
import Subprocess
import Synchronization
package import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A command run in a process group of its own that leaves nothing behind; mostly a line of the user's for `sh -c`.
///
/// Standard input is empty. Standard output and error are one stream, in the order written.
package struct ShellCommand: Sendable {
    /// How the command ended.
    package enum Ending: Hashable, Sendable {
        case exited(Int32)
        case signaled(Int32)
        /// Ran longer than its timeout and was ended.
        case timedOut
        /// Was ended because the task that ran it was cancelled.
        case cancelled
    }

    /// How a command ended, how long it took, and what had to be cleared away.
    package struct Outcome: Sendable {
        package let ending: Ending
        /// From start to exit, without the time it took to end what was left.
        package let duration: TimeSpan
        /// Processes that still ran when the command had exited; they were ended.
        package let leftovers: Int
        /// What it used, processes that were left excluded; `nil` when nobody tells.
        package var usage: ChildUsage?
    }

    /// The program and its arguments.
    package var words: [String]
    package var directory: FilePath
    /// Exactly the variables the command gets; `GITPATCH_RUN` is added.
    package var environment: [String: String]
    package var timeout: TimeSpan?
    /// How long a process may take to end after TERM, before KILL.
    package var grace: TimeSpan
    /// Whether only such commands of one guard work in the directory: what is found there when the last of them has
    /// ended is ended, too, even without a mark.
    package var ownsDirectory = false

    /// Creates a command of a line for `sh -c`.
    package init(
        _ line: String, in directory: FilePath, environment: [String: String], timeout: TimeSpan? = nil,
        grace: TimeSpan = TimeSpan(seconds: 5)
    ) {
        self.init(
            words: ["/bin/sh", "-c", line], in: directory, environment: environment, timeout: timeout, grace: grace)
    }

    /// Creates a command of a program, by path or by name, and its arguments.
    package init(
        words: [String], in directory: FilePath, environment: [String: String], timeout: TimeSpan? = nil,
        grace: TimeSpan = TimeSpan(seconds: 5)
    ) {
        self.words = words
        self.directory = directory
        self.environment = environment
        self.timeout = timeout
        self.grace = grace
    }

    /// Runs the command to its end; a non-zero exit is a result, not an error.
    ///
    /// When this returns no process of the command runs any more. Cancelling the task ends the command as its timeout
    /// would: TERM to the group, the grace, KILL.
    ///
    /// - Parameter output: called with each piece of output as it comes.
    /// - Throws: `GitProcessError` when the shell cannot be started, for instance because the directory is gone.
    package func run(
        under guardian: ProcessGuard, output: @escaping @Sendable ([UInt8]) -> Void
    ) async throws -> Outcome {
        let process = RunningCommand(guardian: guardian)
        let mark = guardian.nextMark()
        if ownsDirectory { guardian.enter() }
        let clock = SuspendingClock()
        let start = clock.now
        let ended: Result<TerminationStatus, any Error>
        do {
            ended = .success(try await runLimited(process, mark: mark, output: output))
        } catch {
            ended = .failure(error)
        }
        let duration = TimeSpan(seconds: (clock.now - start).inSeconds)
        let since = ownsDirectory ? guardian.leave() : nil
        let leftovers = await process.clear(
            mark: "GITPATCH_RUN=\(mark)", ranFor: duration, grace: grace,
            folder: since.map { (path: directory.string, since: $0) })
        switch ended {
        case .success(let status):
            return Outcome(
                ending: process.ending(status), duration: duration, leftovers: leftovers, usage: process.usage)
        case .failure(let error as SubprocessError) where !Task.isCancelled:
            throw GitProcessError(launching: words.first ?? "", in: directory, error)
        case .failure(let error):
            if Task.isCancelled { return Outcome(ending: .cancelled, duration: duration, leftovers: leftovers) }
            throw error
        }
    }

    private enum Event: Sendable {
        case ended(TerminationStatus)
        case timeUp
        case graceOver
        case nothing
    }

    /// Runs the shell beside a timer that ends its group.
    private func runLimited(
        _ process: RunningCommand, mark: String, output: @escaping @Sendable ([UInt8]) -> Void
    ) async throws -> TerminationStatus {
        try await withThrowingTaskGroup(of: Event.self) { group in
            group.addTask { .ended(try await spawn(process, mark: mark, output: output)) }
            if let timeout { group.addTask { await Self.sleep(timeout, then: .timeUp) } }
            group.addTask {
                await process.watchMemory()
                return .nothing
            }
            while let event = try await group.next() {
                switch event {
                case .ended(let status):
                    group.cancelAll()
                    return status
                case .timeUp:
                    process.timeIsUp()
                    let grace = grace
                    group.addTask { await Self.sleep(grace, then: .graceOver) }
                case .graceOver: process.strike(SIGKILL)
                case .nothing: break
                }
            }
            throw CancellationError()
        }
    }

    private static func sleep(_ time: TimeSpan, then event: Event) async -> Event {
        do {
            try await Task.sleep(for: .seconds(time.seconds), clock: .suspending)
            return event
        } catch {
            return .nothing
        }
    }

    private func spawn(
        _ process: RunningCommand, mark: String, output: @Sendable ([UInt8]) -> Void
    ) async throws -> TerminationStatus {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(grace.seconds))
        ]
        let variables = environment.merging(["GITPATCH_RUN": mark]) { $1 }
        let program = words.first ?? ""
        let result = try await Subprocess.run(
            program.contains("/")
                ? .path(FilePath(program)) : ProgramSearch.executable(program, in: .only(variables)),
            arguments: Arguments(Array(words.dropFirst())),
            environment: .custom(variables.map { Array("\($0.key)=\($0.value)".utf8) + [0] }),
            workingDirectory: directory, platformOptions: options, input: .none, output: .sequence,
            error: .combinedWithOutput
        ) { execution in
            process.started(execution.processIdentifier.value)
            var afterExit = 0
            for try await buffer in execution.standardOutput {
                let bytes = buffer.withUnsafeBytes { Array($0) }
                output(bytes)
                // A child left behind may write for ever; what the pipe held at the exit is surely read by then.
                if process.hasExited { afterExit += bytes.count }
                if afterExit > 1 << 20 { break }
            }
            await process.noteUsage()
        }
        return result.terminationStatus
    }
}

extension Duration {
    /// The length in seconds.
    package var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

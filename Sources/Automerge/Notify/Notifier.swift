import GitProcess
package import GitValues
import HTTP
package import Settings
import Store
import Synchronization
import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Tells the commands and webhooks of `automerge.notify` what happened; slow or broken ones hold nothing up.
///
/// Each event is delivered once, in order. What cannot be delivered is a warning, never a failure of the queue.
package final class Notifier: Sendable {
    /// What a receiver gets.
    struct Message: Encodable {
        var version = 1
        var event: String
        var at: Timestamp
        var remote: String
        var target: String?
        var patches: [RecordID]?
        var commit: ObjectID?
        /// One line for people.
        var text: String
    }

    /// Seconds a receiver has for one event.
    private static let patience = 30.0

    private let events: AsyncStream<EventLog.Entry>.Continuation
    private let delivery: Task<Void, Never>

    /// Creates a notifier; `nil` when nobody is to be told.
    ///
    /// - Parameter warn: told what could not be delivered.
    package init?(
        settings: Settings, remote: String, location: RepositoryLocation,
        warn: @escaping @Sendable (String) -> Void
    ) {
        let receivers = settings[AutomergeKeys.notify]
        guard !receivers.isEmpty else { return nil }
        let (stream, events) = AsyncStream.makeStream(of: EventLog.Entry.self)
        self.events = events
        delivery = Task {
            for await entry in stream {
                let message = Message(
                    event: entry.kind, at: entry.at, remote: remote, target: entry.target, patches: entry.patches,
                    commit: entry.commit, text: entry.text)
                for receiver in receivers {
                    guard let problem = await Notifier.deliver(message, to: receiver, location) else { continue }
                    warn("cannot notify '\(receiver)' of '\(entry.kind)': \(problem)")
                }
            }
        }
    }

    /// Queues an event; returns at once.
    package func tell(_ entry: EventLog.Entry) { events.yield(entry) }

    /// Waits until everything that was queued is delivered or given up.
    package func finish() async {
        events.finish()
        await delivery.value
    }

    /// Delivers to one receiver; answers with what went wrong.
    private static func deliver(_ message: Message, to receiver: String, _ location: RepositoryLocation) async
        -> String?
    {
        do {
            let text = try JSONText.encode(message)
            let isAddress = ["http://", "https://"].contains { receiver.lowercased().hasPrefix($0) }
            return isAddress ? try post(text, to: receiver) : try await run(receiver, with: text, location)
        } catch let problem as any ProblemReport {
            return problem.description
        } catch {
            return "\(error)"
        }
    }

    private static func post(_ text: String, to address: String) throws -> String? {
        let url = try HTTPURL(address)
        guard url.scheme == "https" || url.isLoopback else { return "plain http is for this machine only" }
        var request = HTTPRequest(.post, url, headers: [HTTPHeader("Content-Type", "application/json")])
        request.body = Array(text.utf8)
        request.timeout = patience
        let response = try HTTPClient(network: .init(environment: ProcessEnvironment.all)).send(request)
        return response.isSuccess ? nil : "it answered \(response.status)"
    }

    /// Runs a line of `sh -c` with the event on its standard input.
    private static func run(_ line: String, with text: String, _ location: RepositoryLocation) async throws -> String? {
        let path = "\(location.storeDirectory)/event-\(RecordID.make()).json"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return "the event cannot be written down" }
        defer { unlink(path) }
        let bytes = Array((text + "\n").utf8)
        let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        guard count == bytes.count else { return "the event cannot be written down" }
        let command = ShellCommand(
            words: ["/bin/sh", "-c", "exec < \"$0\"; eval \"$1\"", path, line],
            in: FilePath(location.worktree), environment: ProcessEnvironment.all,
            timeout: TimeSpan(seconds: patience), grace: TimeSpan(seconds: 2))
        let guardian = try ProcessGuard()
        defer { guardian.end() }
        let output = Mutex<[UInt8]>([])
        let outcome = try await command.run(under: guardian) { piece in
            output.withLock { if $0.count < 4096 { $0 += piece } }
        }
        let words = output.withLock { String(decoding: $0, as: UTF8.self) }.split(separator: "\n").last.map {
            ": \($0)"
        }
        switch outcome.ending {
        case .exited(0): return nil
        case .exited(let code): return "it ended with \(code)\(words ?? "")"
        case .signaled(let number): return "signal \(number) ended it"
        case .timedOut: return "it took longer than \(TimeSpan(seconds: patience))"
        case .cancelled: return "it was interrupted"
        }
    }
}

extension EventLog.Entry {
    /// Whether receivers are told: what somebody would want to know who is not looking.
    package var isNews: Bool { !["moved", "note"].contains(kind) }
}

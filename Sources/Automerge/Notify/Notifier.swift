import GitProcess
package import GitValues
package import Settings
import Store

/// Tells the commands and webhooks of `automerge.notify` what happened; slow or broken ones hold nothing up.
///
/// Each event is delivered once, in order. What cannot be delivered is a warning, never a failure of the queue. A
/// receiver that took too long for one event gets no more of this command.
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

    private let events: AsyncStream<EventLog.Entry>.Continuation
    private let delivery: Task<Void, Never>

    /// Creates a notifier; `nil` when nobody is to be told.
    ///
    /// - Parameters:
    ///   - patience: the seconds a receiver has for one event.
    ///   - warn: told what could not be delivered.
    package init?(
        settings: Settings, remote: String, location: RepositoryLocation, patience: Double = 5,
        warn: @escaping @Sendable (String) -> Void
    ) {
        let receivers = settings[AutomergeKeys.notify]
        guard !receivers.isEmpty else { return nil }
        let (stream, events) = AsyncStream.makeStream(of: EventLog.Entry.self)
        self.events = events
        delivery = Task {
            var unsent: [String: Int] = [:]
            for await entry in stream {
                let message = Message(
                    event: entry.kind, at: entry.at, remote: remote, target: entry.target, patches: entry.patches,
                    commit: entry.commit, text: entry.text)
                for receiver in receivers {
                    if let count = unsent[receiver] {
                        unsent[receiver] = count + 1
                        continue
                    }
                    let clock = ContinuousClock()
                    let start = clock.now
                    let receiving = Receiver(text: receiver, location: location, patience: patience)
                    guard let problem = await receiving.deliver(message) else { continue }
                    warn("cannot notify \(receiving.shown) of '\(entry.kind)': \(problem)")
                    if start.duration(to: clock.now) >= .seconds(patience) { unsent[receiver] = 0 }
                }
            }
            for (receiver, count) in unsent.sorted(by: { $0.key < $1.key }) where count > 0 {
                let receiving = Receiver(text: receiver, location: location, patience: patience)
                warn("\(receiving.shown) took too long and was not told of \(count) more event\(count == 1 ? "" : "s")")
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
}

extension EventLog.Entry {
    /// Whether receivers are told: what somebody would want to know who is not looking.
    package var isNews: Bool { !["moved", "note"].contains(kind) }
}

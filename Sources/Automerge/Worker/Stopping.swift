import GitValues
package import PlainRemote
import Store

extension Worker {
    /// Delivers stops and resumes that were asked for while the remote was out of reach.
    func deliverStops() async throws {
        let name = remote.connection.storedName
        for item in try LocalStop.queued(in: store) where item.remote == name {
            _ = try await setStop(item.stop, on: [item.target])
        }
    }

    /// Delivers stops and resumes that wait; a remote that is still out of reach is no error.
    package func deliverQueuedStops() async throws {
        do {
            try await deliverStops()
        } catch RemoteProblem.unreachable {
            return
        }
    }

    /// Moves the fences of targets, so that no landing in flight anywhere survives; returns the targets that changed.
    ///
    /// The wish is written down here first: the worker of this clone obeys at once, with or without the remote. A stop
    /// that the server refuses stays written down; a resume does not.
    ///
    /// - Parameters:
    ///   - stop: `nil` to resume.
    ///   - targets: `RemoteReferences.everyTarget` stands for all there are and will be.
    package func setStop(_ stop: EpochDocument.Stop?, on targets: [String]) async throws -> [String] {
        let name = remote.connection.storedName
        for target in targets {
            try LocalStop.enqueue(.init(remote: name, target: target, stop: stop), in: store)
        }
        FaultPoint.reached("stop.queued")
        let committer = try await remote.objects.committer()
        var changed: [String] = []
        do {
            for target in targets {
                let isWide = target == RemoteReferences.everyTarget
                // A stop closes the wide fence first, a resume opens it last: in between nothing lands.
                if isWide && stop == nil { try await moveEach(to: nil, by: committer, &changed) }
                try await move(fence: target, to: stop, by: committer, &changed)
                if isWide && stop != nil { try await moveEach(to: stop, by: committer, &changed) }
                try LocalStop.remove(remote: name, target: target, in: store)
            }
        } catch let problem as RemoteProblem {
            if case .refused = problem, stop == nil {
                for target in targets { try LocalStop.remove(remote: name, target: target, in: store) }
            }
            throw problem
        }
        return changed
    }

    /// Moves the fence of each target that is known: a landing that began before the wide fence was there does not look
    /// at it, but its own fence it must move.
    private func moveEach(
        to stop: EpochDocument.Stop?, by committer: Identity, _ changed: inout [String]
    ) async throws {
        let state = try await remote.read(withCommits: false)
        for target in state.targets.sorted() where stop == nil || state.ownFence(of: target).stopped == nil {
            try await move(fence: target, to: stop, by: committer, &changed)
        }
    }

    /// Moves one fence, however often it moves under our hands.
    private func move(
        fence target: String, to stop: EpochDocument.Stop?, by committer: Identity, _ changed: inout [String]
    ) async throws {
        for _ in 0..<10 {
            let state = try await remote.read(withCommits: false)
            if try await move(fence: target, to: stop, state, by: committer, &changed) { return }
        }
        throw RemoteProblem.unstable(remote: remote.connection.displayName)
    }

    /// Moves one fence; `false` when it moved under our hands and must be read again.
    private func move(
        fence target: String, to stop: EpochDocument.Stop?, _ state: RemoteState, by committer: Identity,
        _ changed: inout [String]
    ) async throws -> Bool {
        let fence = state.ownFence(of: target)
        if stop == nil && fence.stopped == nil { return true }
        if let stop, let current = fence.stopped, current.reason == stop.reason, current.by == stop.by { return true }
        guard let epochName = RemoteReferences.epoch(target) else { return true }
        let document = EpochDocument(counter: fence.counter + 1, stopped: stop)
        let place = target == RemoteReferences.everyTarget ? "every target" : target
        let words =
            (stop.map { "stop \(place): \($0.reason)\n" } ?? "resume \(place)\n") + "\nChange: \(RecordID.make())\n"
        let commit = try await remote.objects.write(
            DocumentCommit(file: EpochDocument.fileName, document: document, parent: fence.tip, message: words),
            by: committer)
        let update = RemoteUpdate(epochName, from: fence.tip, to: commit)
        let answer = try await remote.connection.push([update], atomic: false, operation: .make())
        if answer.isComplete(for: [update]) {
            try await remote.remember([update])
            changed.append(target)
            return true
        }
        if !answer.refusals.isEmpty {
            throw RemoteProblem.refused(what: "to move the fence of '\(place)'", words: answer.refusalText)
        }
        if case .connection(let words)? = answer.failure {
            throw RemoteProblem.unreachable(remote: remote.connection.displayName, words: words)
        }
        return false
    }
}

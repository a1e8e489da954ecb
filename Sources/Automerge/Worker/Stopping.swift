import GitValues
package import PlainRemote
import Store

extension Worker {
    /// Delivers stops and resumes that were asked for while the remote was out of reach. One that the server refuses
    /// stays written down and holds nothing else up; what was refused.
    @discardableResult
    func deliverStops() async throws -> [RemoteProblem] {
        let name = remote.connection.storedName
        var problems: [RemoteProblem] = []
        for item in try LocalStop.queued(in: store) where item.remote == name {
            do { _ = try await deliver(item, waited: true) } catch let problem as RemoteProblem {
                guard case .refused(let what, let words) = problem else { throw problem }
                report(.note("the remote refused \(what): \(words)"))
                problems.append(problem)
            }
        }
        return problems
    }

    /// Delivers stops and resumes that wait; a remote that is still out of reach is no error. Why some wait still.
    @discardableResult
    package func deliverQueuedStops() async throws -> [RemoteProblem] {
        do { return try await deliverStops() } catch let problem as RemoteProblem {
            guard case .unreachable = problem else { throw problem }
            return [problem]
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
        let known = stop == nil ? try await remote.recall() : nil
        var changed: [String] = []
        let items = targets.map { target in
            LocalStop.Queued(
                remote: remote.connection.storedName, target: target, stop: stop,
                lifts: known?.ownFence(of: target).stopped)
        }
        let names = targets.map { $0 == RemoteReferences.everyTarget ? "every target" : "'\($0)'" }
        let place = names.joined(separator: ", ")
        try note(stop == nil ? "resume" : "stop", stop.map { "\(place): \($0.reason)" } ?? place)
        for item in items { try LocalStop.enqueue(item, in: store) }
        FaultPoint.reached("stop.queued")
        do {
            for item in items { changed += try await deliver(item, waited: false) }
        } catch let problem as RemoteProblem {
            if case .refused = problem, stop == nil {
                for item in items { try LocalStop.remove(item, in: store) }
            }
            throw problem
        }
        return changed
    }

    /// Moves the fences that a wish is about and removes it; returns the targets that changed.
    ///
    /// - Parameter waited: whether it was asked for some time ago; then a stop made since is not lifted, and a wish that
    ///   was replaced meanwhile is not delivered.
    private func deliver(_ item: LocalStop.Queued, waited: Bool) async throws -> [String] {
        if waited, try !LocalStop.queued(in: store).contains(item) { return [] }
        let committer = try await remote.objects.committer()
        var changed: [String] = []
        let isWide = item.target == RemoteReferences.everyTarget
        let move = FenceMove(stop: item.stop, of: waited ? item : nil, committer: committer)
        // A stop closes the wide fence first, a resume opens it last: in between nothing lands.
        if isWide && item.stop == nil { try await moveEach(move, &changed) }
        try await self.move(fence: item.target, move, &changed)
        if isWide && item.stop != nil { try await moveEach(move, &changed) }
        try LocalStop.remove(item, in: store)
        return changed
    }

    /// What a fence is moved to.
    private struct FenceMove {
        /// `nil`: open.
        var stop: EpochDocument.Stop?
        /// The wish that waited; it says which stop a resume is about.
        var of: LocalStop.Queued?
        var committer: Identity
    }

    /// Moves the fence of each target that is known: a landing that began before the wide fence was there does not look
    /// at it, but its own fence it must move.
    private func moveEach(_ move: FenceMove, _ changed: inout [String]) async throws {
        let state = try await remote.read(withCommits: false)
        var move = move
        // What was known of the wide fence says nothing of this one.
        move.of?.lifts = nil
        for target in state.targets.sorted() where move.stop == nil || state.ownFence(of: target).stopped == nil {
            try await self.move(fence: target, move, &changed)
        }
    }

    /// Moves one fence, however often it moves under our hands.
    private func move(fence target: String, _ move: FenceMove, _ changed: inout [String]) async throws {
        for _ in 0..<10 {
            let state = try await remote.read(withCommits: false)
            if try await self.move(fence: target, move, state, &changed) { return }
        }
        throw RemoteProblem.unstable(remote: remote.connection.displayName)
    }

    /// Moves one fence; `false` when it moved under our hands and must be read again.
    private func move(
        fence target: String, _ move: FenceMove, _ state: RemoteState, _ changed: inout [String]
    ) async throws -> Bool {
        let stop = move.stop
        let fence = state.ownFence(of: target)
        if stop == nil && fence.stopped == nil { return true }
        if stop == nil, let current = fence.stopped, move.of?.means(current) == false {
            let place = target == RemoteReferences.everyTarget ? "every target" : "'\(target)'"
            report(
                .note(
                    "\(place) stays stopped: \(current.by) stopped it after the resume that waited here was asked for"))
            return true
        }
        if let stop, let current = fence.stopped, current.reason == stop.reason, current.by == stop.by { return true }
        guard let epochName = RemoteReferences.epoch(target) else { return true }
        let document = EpochDocument(counter: EpochDocument.number(after: fence.counter), stopped: stop)
        let place = target == RemoteReferences.everyTarget ? "every target" : target
        let words =
            (stop.map { "stop \(place): \($0.reason)\n" } ?? "resume \(place)\n") + "\nChange: \(RecordID.make())\n"
        let commit = try await remote.objects.write(
            DocumentCommit(file: EpochDocument.fileName, document: document, parent: fence.tip, message: words),
            by: move.committer)
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

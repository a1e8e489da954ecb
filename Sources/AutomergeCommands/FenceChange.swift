import ArgumentParser
import Automerge
import CommandOptions
import Console
import GitValues
import PlainRemote
import Store

/// Moves fences, or queues the wish while the remote is out of reach.
struct FenceChange {
    let desk: Desk
    let output: OutputOptions
    let targets: TargetOptions

    private struct Document: Encodable {
        var version = 1
        /// `done`, `queued` while only this clone obeys, or `refused` by the server.
        var outcome: String
        /// Whether every target is meant, those to come included.
        var all: Bool
        var targets: [String]
        var stopped: EpochDocument.Stop?
        var reason: String?
    }

    /// Whether every target is meant.
    private var isWide: Bool { targets.targets.isEmpty }

    /// The names of the fences that are meant.
    private var fences: [String] { isWide ? [RemoteReferences.everyTarget] : targets.targets }

    func apply(_ stop: EpochDocument.Stop?) async throws {
        do {
            try requireKnown(try await desk.remote.read(withCommits: false), isResume: stop == nil)
        } catch RemoteProblem.unreachable(_, let words) {
            return try await queue(stop, words)
        }
        do {
            try await show(stop, changed: try await desk.worker().setStop(stop, on: fences))
        } catch RemoteProblem.unreachable(_, let words) {
            try showQueued(stop, words)
        } catch let problem as RemoteProblem {
            guard case .refused(_, let words) = problem else { throw problem }
            try showRefused(stop, problem, words)
        }
    }

    /// A misspelt target would be stopped in vain, and one stop of many is not taken back by naming one of them.
    private func requireKnown(_ state: RemoteState, isResume: Bool) throws {
        // A fork need not have the branches that its patches are for.
        let own = try desk.openStore().patches().filter { $0.remote == state.remote }.map(\.target)
        let known = state.targets.union(own)
        for name in targets.targets where state.branch(name) == nil && !known.contains(name) {
            throw QueueProblem.noSuchTarget(name, known: known.sorted())
        }
        guard isResume, !isWide else { return }
        let local = try LocalStop.queued(in: desk.openStore()).last {
            $0.remote == state.remote && $0.target == RemoteReferences.everyTarget
        }
        if state.fences[RemoteReferences.everyTarget]?.stopped != nil || local?.stop != nil {
            throw QueueProblem.everythingIsStopped
        }
    }

    /// Writes the wish down for the worker of this clone and for the remote.
    private func queue(_ stop: EpochDocument.Stop?, _ words: String) async throws {
        let state = try await desk.remote.recall()
        let store = try desk.openStore()
        guard let stop else { return try await queueResume(state, words, in: store) }
        for name in targets.targets where !(try await isKnownHere(name, state)) {
            output.console.warning(safeForTerminal("no branch '\(name)' of the remote is known here"))
        }
        try note("stop", "\(place): \(stop.reason)", in: store)
        for name in fences {
            try LocalStop.enqueue(.init(remote: state.remote, target: name, stop: stop), in: store)
        }
        try showQueued(stop, words)
    }

    /// Takes back what is known here: a stop that somebody makes meanwhile is none of it.
    private func queueResume(_ state: RemoteState, _ words: String, in store: borrowing Store) async throws {
        let queued = try LocalStop.queued(in: store).filter { $0.remote == state.remote && $0.stop != nil }
        let known = isWide ? Set(state.fences.keys).union(queued.map(\.target)).sorted() : targets.targets
        let there = known.filter { state.fence(of: $0).stopped != nil }
        let here = known.filter { name in queued.contains { $0.target == name } }
        if there.isEmpty && here.isEmpty {
            throw QueueProblem.nothingStopped(known: "as far as is known here: the remote is out of reach")
        }
        try requireKnown(state, isResume: true)
        try note("resume", place, in: store)
        for item in queued where here.contains(item.target) { try LocalStop.remove(item, in: store) }
        if there.isEmpty { return try await show(nil, changed: here) }
        for name in fences {
            let lifts = state.ownFence(of: name).stopped
            try LocalStop.enqueue(.init(remote: state.remote, target: name, stop: nil, lifts: lifts), in: store)
        }
        try showQueued(nil, words)
    }

    /// Writes the wish into the journal, where `git patch log` shows it.
    private func note(_ command: String, _ summary: String, in store: borrowing Store) throws(StoreError) {
        try store.record(
            "automerge \(command)", summary, as: .make(), gitDirectory: desk.location.gitDirectory
        ) { () throws(StoreError) in }
    }

    private func isKnownHere(_ name: String, _ state: RemoteState) async throws -> Bool {
        if state.branch(name) != nil || state.targets.contains(name) { return true }
        guard let tracking = ReferenceName("refs/remotes/\(desk.remote.connection.name)/\(name)") else { return false }
        return try await desk.remote.objects.localReference(tracking) != nil
    }

    /// What is meant, for people.
    private var place: String { isWide ? "every target" : targets.targets.map { "'\($0)'" }.joined(separator: ", ") }

    private func show(_ stop: EpochDocument.Stop?, changed: [String]) async throws {
        let names = isWide ? changed.filter { $0 != RemoteReferences.everyTarget } : targets.targets
        if !changed.isEmpty {
            let entry = entry(stop)
            desk.log.append(entry)
            let notifier = desk.notifier(output.console)
            notifier?.tell(entry)
            await notifier?.finish()
        }
        if output.json { return try print(Document(outcome: "done", all: isWide, targets: names, stopped: stop)) }
        if stop == nil && changed.isEmpty {
            return output.console.result(isWide ? "nothing is stopped" : safeForTerminal("\(place) is not stopped"))
        }
        output.console.result(safeForTerminal("\(stop == nil ? "resumed" : "stopped") \(place)"))
    }

    private func entry(_ stop: EpochDocument.Stop?, more: String = "") -> EventLog.Entry {
        EventLog.Entry(
            at: .now(), kind: stop == nil ? "resume" : "stop", target: isWide ? "every target" : place,
            text: (stop.map { "stopped by \($0.by): \($0.reason)" } ?? "resumed") + more)
    }

    private func showQueued(_ stop: EpochDocument.Stop?, _ words: String) throws {
        desk.log.append(entry(stop, more: " (here only until the remote can be reached)"))
        if output.json {
            return try print(
                Document(outcome: "queued", all: isWide, targets: targets.targets, stopped: stop, reason: words))
        }
        let line = "\(stop == nil ? "resumed" : "stopped") \(place) here only"
        output.console.result(safeForTerminal(line + "; the remote will be told when it can be reached"))
        output.console.warning(safeForTerminal("cannot reach the remote: \(words)"))
    }

    private func showRefused(_ stop: EpochDocument.Stop?, _ problem: RemoteProblem, _ words: String) throws {
        let isKept = stop != nil
        if output.json {
            try print(Document(outcome: "refused", all: isWide, targets: targets.targets, stopped: stop, reason: words))
        } else if isKept {
            output.console.result(
                safeForTerminal(
                    "stopped \(place) here only; each 'git automerge run' of this clone asks the remote again"))
        }
        output.console.report(
            safeForTerminal(problem.description, multiline: true),
            hints: isKept ? ["type 'git automerge resume' to let this clone land again"] : [])
        throw ExitCode(ExitStatus.refused)
    }

    private func print(_ document: Document) throws {
        output.console.result(try JSONText.encode(document))
    }
}

import Automerge
import CommandOptions
import Console
import ForgeQueue
import GitValues
import PlainRemote
import Store

/// A pass over a remote on a forge: requests first, then a look at every pull request, then what follows from it.
struct ForgeRun {
    let desk: Desk
    let work: ForgeWork

    /// Delivers, looks and acts once.
    func pass(targets: Set<String>?, tell: @escaping (EventLog.Entry) -> Void) async throws -> PassReport {
        work.beginPass()
        let store = try desk.openStore()
        try await drain(store)
        try await desk.worker().deliverQueuedStops()
        let stops = try await ForgeRun.followStops(desk, work)
        let pass = ForgePass(work, remote: desk.remote.connection.name, tell: tell)
        var result = try await pass.run(in: store, targets: targets).report
        result.failures += stops
        try await drain(store)
        return result
    }

    /// Delivers stops for other remotes that waited, and takes back at forges what stops could not yet; what is left.
    static func followStops(_ desk: Desk, _ work: ForgeWork) async throws -> [PassReport.Failure] {
        let refused = try await desk.deliverStopsElsewhere().compactMap { problem in
            if case .refused = problem { problem.description } else { nil }
        }
        let left = try await ForgePass.takeBackLater(work, in: try desk.openStore())
        return (refused + left.map { "the forge may still merge \($0)" }).map { .init(.notTakenBack, $0) }
    }

    /// Names what a stop could not take back.
    static func warn(of left: [String], _ console: Console) {
        for words in left { console.warning(safeForTerminal("the forge may still merge \(words)")) }
    }

    private func drain(_ store: borrowing Store) async throws {
        _ = try await Delivery.drain(
            store: store, git: desk.git, location: desk.location, settings: desk.settings, forge: work)
    }

    /// The gates of every patch of the remote, looked at now and nothing done; what cannot be looked at is as it was seen
    /// last, with a warning.
    static func entries(_ desk: Desk, _ console: Console) async throws -> [QueueEntry] {
        let pass = ForgePass(desk.forgeWork(), remote: desk.remote.connection.name)
        let (report, entries) = try await pass.run(in: try desk.openStore(), acts: false)
        if let words = report.unreachable {
            console.warning(safeForTerminal("cannot reach the forge, this is what it said last: \(words)"))
        }
        for failure in report.failures { console.warning(safeForTerminal(failure.words)) }
        let order = LandingOrder.sorted(entries.map(\.document), now: .now()).map(\.id)
        return entries.sorted {
            (order.firstIndex(of: $0.document.id) ?? 0) < (order.firstIndex(of: $1.document.id) ?? 0)
        }
    }
}

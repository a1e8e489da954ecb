import GitValues
import PlainRemote
import Store

extension Worker {
    /// For servers without atomic pushes: the fence first, then the target, then what follows from it.
    ///
    /// Whoever moves the fence may move the target. A stop, a new head or a disarmed patch between these two pushes is
    /// seen as far as a look just before the second one can see it.
    func landStepwise(_ landing: Landing) async throws -> LandOutcome {
        let (target, fence) = (landing.updates[0], landing.updates[1])
        switch try await step(fence) {
        case .done: break
        case .unknown(let words): return try await decideByReading(landing, words)
        case .ended(let outcome): return outcome
        }
        let seen = try await remote.connection.list(["refs/heads/*", "refs/patches/*", "refs/automerge/*"])
        let rest = landing.updates.dropFirst(2) + landing.pins + landing.deletions
        guard seen[fence.name] == fence.new, rest.allSatisfy({ seen[$0.name] == $0.expected }) else { return .moved }
        switch try await step(target) {
        case .done: break
        case .ended(let outcome): return outcome
        case .unknown(let words):
            // Nobody else's landing has our fence, so what the target is now is our doing or nobody's.
            let now = try await remote.connection.list(["refs/heads/*", "refs/automerge/*"])
            if now[target.name] == target.expected { return .unreachable(words) }
            guard now[fence.name] == fence.new, now[target.name] == target.new else { return .moved }
        }
        FaultPoint.reached("land.target")
        return .landed
    }

    /// How one push of a landing in steps ended.
    private enum Step {
        case done
        case ended(LandOutcome)
        case unknown(String)
    }

    private func step(_ update: RemoteUpdate) async throws -> Step {
        let answer = try await remote.connection.push([update], atomic: false, operation: .make())
        if answer.isComplete(for: [update]) { return .done }
        if !answer.refusals.isEmpty { return .ended(.refused(answer.refusalText)) }
        if case .connection(let words)? = answer.failure { return .unknown(words) }
        return .ended(.moved)
    }

    /// Pushes the records that follow from a target that has moved; whether all of them arrived.
    func pushRecords(of landing: Landing) async throws -> Bool {
        let records = Array(landing.updates[2...])
        return try await remote.connection.push(records, atomic: false, operation: .make()).isComplete(for: records)
    }
}

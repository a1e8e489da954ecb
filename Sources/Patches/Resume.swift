import GitValues
import PlainRemote
import Store

extension Session {
    /// Tries again what the outside world refused or interrupted: the requests of an operation, of a patch, or all. What
    /// was refused for good is tried only when it is named.
    ///
    /// Interrupted local work needs no call: every command finishes it when it starts.
    ///
    /// - Parameter wish: the beginning of an operation's id, or what names a patch, which counts first.
    package func resume(_ wish: String?) async throws -> DeliveryReport {
        let patches: [RecordID]
        if let wish {
            let matching = try store.patches(matching: wish)
            try requireClear(matching, wish)
            let named = matching.map(\.id)
            // As of a patch's id, the beginning of an operation's has four digits at least.
            let operations = try store.operations().filter { operation in
                named.isEmpty && wish.utf8.count >= 4 && operation.id.text.hasPrefix(wish)
            }
            if operations.count > 1 {
                throw PatchProblem(
                    .noSuchOperation, "'\(wish)' fits several operations", hints: ["type more of its id: git patch log"]
                )
            }
            let asked = try operations.flatMap { try store.requests(ofOperation: $0.id) }.compactMap(\.patch)
            patches = unique(named + asked)
            if operations.isEmpty && named.isEmpty {
                throw PatchProblem(
                    .noSuchOperation, "there is no operation or patch '\(wish)'",
                    hints: ["type 'git patch status' to see what waits"])
            }
        } else {
            let ended = try endedPatches()
            let pending = try store.requests().filter { request in
                request.state != .done && request.state != .cancelled
                    && !Delivery.isRefusedForGood(request, ended: ended)
            }
            patches = unique(pending.compactMap(\.patch))
        }
        var requests: [RequestRecord] = []
        for patch in patches { try Delivery.retry(patch: patch, isNamed: wish != nil, in: store) }
        for patch in patches { requests += try await deliverNow(only: patch) }
        return DeliveryReport(requests: requests)
    }

    /// The patches that have landed or were closed.
    func endedPatches() throws(StoreError) -> Set<RecordID> {
        Set(try store.patches().filter { $0.state == .landed || $0.state == .closed }.map(\.id))
    }

    private func unique(_ ids: [RecordID]) -> [RecordID] {
        var seen: Set<RecordID> = []
        return ids.filter { seen.insert($0).inserted }
    }
}

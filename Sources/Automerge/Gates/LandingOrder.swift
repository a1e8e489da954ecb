package import GitValues
package import PlainRemote

/// The order of a queue: priority, then first come, first served; who waits long rises, so that nobody starves. What is
/// stacked on another one comes behind it.
package enum LandingOrder {
    /// How long a patch waits until it counts one priority more.
    static let ageing = TimeSpan(seconds: 3600)

    /// Returns the patches in landing order.
    package static func sorted(_ patches: [PatchDocument], now: Timestamp) -> [PatchDocument] {
        let ranked = patches.sorted { left, right in
            let (first, second) = (rank(left, now), rank(right, now))
            if first != second { return first > second }
            let (since, until) = (left.queuedAt ?? left.headSince, right.queuedAt ?? right.headSince)
            return since != until ? since < until : left.id.text < right.id.text
        }
        var missing = Set(ranked.map(\.id))
        var held: [RecordID: [PatchDocument]] = [:]
        var order: [PatchDocument] = []
        func add(_ patch: PatchDocument) {
            order.append(patch)
            missing.remove(patch.id)
            // They were to come before it, and so before all that is left.
            for child in held.removeValue(forKey: patch.id) ?? [] { add(child) }
        }
        for patch in ranked {
            if let below = patch.stackOn, missing.contains(below) {
                held[below, default: []].append(patch)
            } else {
                add(patch)
            }
        }
        // Two may be stacked on each other, by what damaged records say.
        return order + ranked.filter { missing.contains($0.id) }
    }

    private static func rank(_ patch: PatchDocument, _ now: Timestamp) -> Int {
        let waited = max(0, now.seconds(since: patch.queuedAt ?? patch.headSince))
        let aged = Int(min(waited / ageing.seconds, Double(PatchPriority.allCases.count)))
        // Ageing lifts up to the highest priority and never above it: there, who came first is first.
        return min(patch.priority.rank + aged, PatchPriority.critical.rank)
    }
}

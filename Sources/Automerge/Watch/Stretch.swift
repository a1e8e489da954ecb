import GitValues
import PlainRemote

/// One stretch of a target's line between two judged commits.
struct Stretch: Hashable {
    /// What brought it.
    enum Origin: Hashable {
        /// A patch, which may be taken back.
        case patch(RecordID)
        /// A revert, which is never taken back by itself.
        case revert
        /// Commits that came past the queue.
        case foreign
    }

    let before: ObjectID
    let after: ObjectID
    let origin: Origin
}

/// The landings of a target that nobody has judged yet.
struct UnjudgedLandings {
    /// Oldest first, without a gap: each begins where the one before ends.
    let stretches: [Stretch]
    /// Every receipt that was read, newest first: what the brakes look at.
    let receipts: [Receipt]
    /// Set when the newest landing is too old to be taken back.
    let isExpired: Bool

    /// How many receipts are read at most: what is older was judged, or nobody cared.
    private static let depth = 200

    /// Reads the receipts of a target.
    ///
    /// - Parameters:
    ///   - judged: where the last judgement ended; `nil` before the first one.
    ///   - watch: how long a landing is watched; `nil` for ever.
    ///   - wasWatched: whether a landing was made when landings were watched already. Without a judgement the newest one
    ///     counts, and those before it back to the first for which this is false: who asks for the watch today does not
    ///     ask for last year.
    init(
        of end: ObjectID, judged: ObjectID?, watch: TimeSpan?, now: Timestamp, _ objects: RepositoryObjects,
        wasWatched: (Receipt) async throws -> Bool
    ) async throws {
        var all: [Receipt] = []
        for commit in try await objects.chain(from: end, limit: UnjudgedLandings.depth) {
            if let receipt = try await objects.receipt(in: commit) { all.append(receipt) }
        }
        receipts = all
        let isFresh = { (receipt: Receipt) in watch.map { now.seconds(since: receipt.at) <= $0.seconds } ?? true }
        var open = Array(all.prefix { $0.landed != judged })
        isExpired = open.first.map { !isFresh($0) } ?? false
        open = Array(open.prefix(while: isFresh))
        if judged == nil || !all.contains(where: { $0.landed == judged }) {
            var count = min(1, open.count)
            while count < open.count, try await wasWatched(open[count]) { count += 1 }
            open = Array(open.prefix(count))
        }
        if let newest = open.first {
            // What a reset removed turned nothing red that is there now.
            var there: [Receipt] = []
            for receipt in open where try await objects.isAncestor(receipt.landed, of: newest.landed) {
                there.append(receipt)
            }
            open = there
        }
        var stretches: [Stretch] = []
        for receipt in open.reversed() {
            if let last = stretches.last, last.after != receipt.base {
                stretches.append(Stretch(before: last.after, after: receipt.base, origin: .foreign))
            }
            stretches += UnjudgedLandings.stretches(of: receipt)
        }
        self.stretches = stretches
    }

    private static func stretches(of receipt: Receipt) -> [Stretch] {
        if receipt.method == "revert" || receipt.members.isEmpty {
            return [Stretch(before: receipt.base, after: receipt.landed, origin: .revert)]
        }
        var before = receipt.base
        return receipt.members.compactMap { member in
            guard let after = member.landed else { return nil }
            defer { before = after }
            return Stretch(before: before, after: after, origin: .patch(member.patch))
        }
    }

    /// Whether the change that ends at a commit was taken back before: once is enough.
    func wasTakenBack(_ commit: ObjectID) -> Bool { receipts.contains { $0.takesBack == commit } }

    /// How many reverts workers decided on since a moment.
    func automaticReverts(since time: Timestamp) -> Int {
        receipts.count { $0.isAutomatic == true && $0.at >= time }
    }
}

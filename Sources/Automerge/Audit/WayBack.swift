package import GitValues
package import PlainRemote

/// Commands that bring back what a reset removed from a target; none of them forces anything.
package struct WayBack: Hashable, Sendable {
    /// The landing that was removed; it has the earlier ones in its history that are not told of.
    package var commit: ObjectID
    /// Puts it on a branch here; `nil` where one has it.
    package var keep: String?
    /// Puts it back where it was; `nil` where the target has gone on without it, or the commit is not here to tell.
    package var putBack: String?

    /// What there is to type.
    package var commands: [String] { [keep, putBack].compactMap(\.self) }
}

extension Audit {
    /// How to bring back what was removed from a target, newest first.
    ///
    /// - Parameters:
    ///   - removed: the receipts of what was removed, newest first.
    ///   - tip: the commit the target is at.
    ///   - remote: the name by which this repository knows the remote.
    package func waysBack(to removed: [Receipt], tip: ObjectID, remote: String) async throws -> [WayBack] {
        var ways: [WayBack] = []
        var covered: Set<ObjectID> = []
        for receipt in removed {
            let landed = receipt.landed
            // What a later one started from is known without its commits.
            defer { covered.insert(receipt.base) }
            if covered.contains(landed) { continue }
            var isCovered = false
            for way in ways where try await objects.isAncestor(landed, of: way.commit) { isCovered = true }
            if isCovered { continue }
            let place = typedWord(remote)
            if try await !objects.missingCommits([landed]).isEmpty {
                // A server gives what it still has, also when no reference leads there.
                let name = "refs/heads/recovered-\(landed.short)"
                ways.append(WayBack(commit: landed, keep: "git fetch \(place) \(landed.hex):\(name)"))
                continue
            }
            var way = WayBack(commit: landed)
            if try await !objects.isOnBranch(landed) {
                way.keep = "git branch recovered-\(landed.short) \(landed.hex)"
            }
            if try await objects.isAncestor(tip, of: landed) {
                way.putBack = "git push \(place) \(typedWord("\(landed.hex):refs/heads/\(receipt.target)"))"
            }
            ways.append(way)
        }
        return ways
    }
}

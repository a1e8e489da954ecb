package import GitValues
import PlainRemote

/// How a patch really lands: `auto` decided by the shape of its branch, with the reason.
package struct LandingShape: Hashable, Sendable {
    /// `squash`, `merge` or `rebase`, never `auto`.
    package let method: LandingMethod
    /// Why, where the shape decided; empty where somebody asked for the method.
    package let reason: String

    /// Decides the method for the commits a patch brings, parents before children.
    init(asked: LandingMethod, commits: [CommitFacts]) {
        guard asked == .auto else {
            method = asked
            reason = ""
            return
        }
        if commits.contains(where: { $0.parents.count > 1 }) {
            method = .merge
            reason = "the branch holds merges"
        } else if commits.count == 1 {
            method = .squash
            reason = "the branch is one commit"
        } else if commits.contains(where: { LandingShape.isUnfinished($0.title) }) {
            method = .squash
            reason = "the branch holds fixups"
        } else {
            method = .rebase
            reason = "the branch is a series of \(commits.count) commits"
        }
    }

    private static func isUnfinished(_ title: String) -> Bool {
        let word = title.lowercased()
        return ["fixup!", "squash!", "amend!", "wip"].contains { word.hasPrefix($0) }
    }
}

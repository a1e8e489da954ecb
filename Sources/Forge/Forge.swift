import GitValues

/// One repository on a forge. Every call is synchronous, reads or writes one thing, and throws a `ForgeFailure`.
///
/// Calls that write are only made after a look that found the thing missing; whoever gets `unknown` looks again.
package protocol Forge: Sendable {
    /// The repository, the account, and the open pull requests of a branch for a target.
    func look(
        branch: String, owner: String?, base: String
    ) throws(ForgeFailure) -> (facts: RepositoryFacts, open: [PullRequest])
    /// How many pull requests one request shows. Whoever looks at more does what follows from these first: there may be no
    /// requests left for all of them.
    var looksAtOnce: Int { get }
    /// Every pull request of the list that is there; one that cannot be read is no reason to know nothing of the others.
    func looks(at references: [PullReference]) throws(ForgeFailure) -> [Int: PullLook]
    /// The open pull requests that the forge may merge by itself; all of them where it does not tell what it was told.
    func mayMerge() throws(ForgeFailure) -> [PullRequest]
    /// Whether a pull request carries a line of ours, in its text or in a comment, whichever clone made it.
    func isOurs(_ pull: PullRequest) throws(ForgeFailure) -> Bool
    /// Whether another open pull request uses the branch of this one.
    func isBranchUsed(of pull: PullRequest) throws(ForgeFailure) -> Bool
    /// What the target branch requires.
    func rules(of branch: String) throws(ForgeFailure) -> BranchRules

    func open(_ request: NewPullRequest, in facts: RepositoryFacts) throws(ForgeFailure) -> PullReference
    func edit(_ pull: PullReference, title: String, body: String) throws(ForgeFailure)
    /// Lets it land on another branch.
    func retarget(_ pull: PullReference, to base: String) throws(ForgeFailure)
    func close(_ pull: PullReference) throws(ForgeFailure)
    /// Sets labels, reviewers and assignees; names what could not be set.
    func decorate(
        _ pull: PullReference, labels: [String], reviewers: [String], assignees: [String], in facts: RepositoryFacts
    ) throws(ForgeFailure) -> [String]

    /// The newest comment that carries the marker.
    func comment(marked marker: Marker, on pull: PullReference) throws(ForgeFailure) -> (id: String, body: String)?
    func addComment(_ body: String, to pull: PullReference) throws(ForgeFailure) -> String
    func editComment(_ id: String, of pull: PullReference, body: String) throws(ForgeFailure)

    /// The viewer's issue that carries the marker.
    func issue(marked marker: Marker, by viewer: String) throws(ForgeFailure) -> PullReference?
    func openIssue(
        title: String, body: String, labels: [String], in facts: RepositoryFacts
    ) throws(ForgeFailure) -> PullReference
    func closeIssue(_ issue: PullReference) throws(ForgeFailure)

    /// Merges, or tells the forge to, always at the pinned head.
    func merge(_ pull: PullRequest, _ wish: MergeWish, facts: RepositoryFacts) throws(ForgeFailure) -> MergeProgress
    /// What became of a merge the forge worked on.
    func progress(of ticket: String, _ pull: PullReference) throws(ForgeFailure) -> MergeProgress
    /// Takes back that the forge merges by itself; the caller reads back.
    func disarm(_ pull: PullRequest) throws(ForgeFailure)
    /// Whether the forge opens reverting pull requests by itself.
    var opensReverts: Bool { get }
    /// Opens a pull request that reverts a merged one; `nil` where the forge cannot.
    func revert(
        _ pull: PullReference, title: String, body: String
    ) throws(ForgeFailure) -> PullReference?
}

/// A pull request as a look showed it, or why it cannot be read.
package typealias PullLook = Result<PullRequest, ForgeFailure>

extension PullLook {
    /// One look of several.
    ///
    /// - Throws: what every other look would meet, too.
    package init(_ look: () throws(ForgeFailure) -> PullRequest) throws(ForgeFailure) {
        do { self = .success(try look()) } catch { self = .failure(try PullLook.own(error)) }
    }

    /// A failure that is about one pull request alone.
    ///
    /// - Throws: one that every other look would meet, too.
    fileprivate static func own(_ failure: ForgeFailure) throws(ForgeFailure) -> ForgeFailure {
        switch failure {
        case .rateLimited, .unreachable: throw failure
        default: return failure
        }
    }
}

extension Forge {
    package var looksAtOnce: Int { 1 }

    package var opensReverts: Bool { false }

    package func isBranchUsed(of pull: PullRequest) throws(ForgeFailure) -> Bool { pull.branchIsUsed }

    /// Looks at one after the other, where the forge shows no more at once.
    ///
    /// - Parameter look: `nil` when there is no such pull request.
    package func oneByOne(
        _ references: [PullReference], _ look: (PullReference) throws(ForgeFailure) -> PullRequest?
    ) throws(ForgeFailure) -> [Int: PullLook] {
        var found: [Int: PullLook] = [:]
        for reference in references {
            do {
                guard let pull = try look(reference) else { continue }
                found[reference.number] = .success(pull)
            } catch {
                found[reference.number] = .failure(try PullLook.own(error))
            }
        }
        return found
    }

    /// One pull request as it is now; `nil` when it is not there.
    package func pullRequest(_ reference: PullReference) throws(ForgeFailure) -> PullRequest? {
        try looks(at: [reference])[reference.number]?.get()
    }
}

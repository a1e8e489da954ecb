import Forge
import GitValues
import PlainRemote
package import Store

/// Why a forge did not do what a command asked; the command ends with it.
package struct ForgeProblem: ProblemReport {
    let failure: ForgeFailure

    package var problemCode: String {
        switch failure {
        case .needsHuman: "forge-needs-human"
        case .rateLimited: "rate-limited"
        case .unreachable: "remote-unreachable"
        case .transient, .pending, .baseMoved: "try-again"
        case .unknown: "outcome-unknown"
        case .headMoved, .conflict, .policyBlocked, .gone, .invalid: "forge-refused"
        }
    }

    package var description: String {
        if case .needsHuman(let words, _) = failure { words } else { failure.words }
    }

    package var hints: [String] {
        if case .needsHuman(_, let hint?) = failure { [hint] } else { [] }
    }

    package var exitStatus: Int32 {
        switch failure {
        case .needsHuman, .unreachable: 69
        case .rateLimited, .transient, .pending, .baseMoved, .unknown: 75
        case .headMoved, .conflict, .policyBlocked, .gone, .invalid: 1
        }
    }
}

extension ForgeWork {
    /// Opens the pull request that reverts a landed patch, unless one is open, and returns its URL.
    ///
    /// - Throws: `ForgeProblem`.
    package func revert(_ patch: PatchRecord, in store: borrowing Store) async throws -> String {
        switch try await findRevert(of: patch, in: store) {
        case .open(let url): return url
        case .possible(let pull, let forge):
            do {
                let revert = try open(patch, pull, forge)
                try store.setFact(ForgeWork.revertKey(patch), to: revert.url)
                return revert.url
            } catch let failure as ForgeFailure { throw ForgeProblem(failure: failure) }
        }
    }

    /// The URL of the pull request that reverts a landed patch already; `nil` when `revert` would open one.
    ///
    /// - Throws: `ForgeProblem`, as `revert` does before it asks for anything.
    package func previewRevert(_ patch: PatchRecord, in store: borrowing Store) async throws -> String? {
        switch try await findRevert(of: patch, in: store) {
        case .open(let url): url
        case .possible: nil
        }
    }

    private enum FoundRevert {
        case open(url: String)
        case possible(PullReference, any Forge)
    }

    private static func revertKey(_ patch: PatchRecord) -> String { "forge.revert.\(patch.id)" }

    private func findRevert(of patch: PatchRecord, in store: borrowing Store) async throws -> FoundRevert {
        let (known, problem) = try ForgeRecord.look(patch.id, in: store)
        guard let record = known, let pull = record.pullReference else {
            let words =
                problem.map { "'\(patch.title)': \($0)" } ?? "patch '\(patch.title)' landed without a pull request"
            throw ForgeProblem(failure: .gone(words))
        }
        if let url = try store.fact(ForgeWork.revertKey(patch)) { return .open(url: url) }
        do {
            let forge = try await forge(of: record.remote)
            if let there = try openRevert(of: patch, pull, forge) { return .open(url: there.url) }
            guard forge.opensReverts else {
                throw ForgeFailure.needsHuman(
                    "this forge opens no reverting pull request by itself",
                    hint: ForgeWork.recipe(for: patch, landedOn: record.landedOn))
            }
            return .possible(pull, forge)
        } catch let failure as ForgeFailure {
            throw ForgeProblem(failure: failure)
        }
    }

    /// The reverting pull request that is open, whatever was answered when it was asked for.
    private func openRevert(
        of patch: PatchRecord, _ pull: PullReference, _ forge: any Forge
    ) throws(ForgeFailure) -> PullReference? {
        let marker = Marker(.revert, patch: patch.id)
        // What GitHub, which alone opens them by itself, calls the branch.
        let branch = "revert-\(pull.number)-\(patch.branch)"
        let looked = try forge.look(branch: branch, owner: nil, base: patch.target)
        return looked.open.first { marker.marks($0.body) }?.reference
    }

    private func open(
        _ patch: PatchRecord, _ pull: PullReference, _ forge: any Forge
    ) throws(ForgeFailure) -> PullReference {
        let body = Marker(.revert, patch: patch.id).appended(to: "Reverts #\(pull.number).")
        do throws(ForgeFailure) {
            guard let made = try forge.revert(pull, title: "Revert: \(patch.title)", body: body) else {
                throw ForgeFailure.invalid("the forge opened no reverting pull request")
            }
            return made
        } catch {
            guard case .unknown = error, let there = try openRevert(of: patch, pull, forge) else { throw error }
            return there
        }
    }

    /// What to type where the forge cannot: the change taken back in the files, which is a patch like any other.
    ///
    /// - Parameter base: the tip before the landing, which may be several commits back.
    private static func recipe(for patch: PatchRecord, landedOn base: ObjectID?) -> String {
        let commit = patch.landed?.short ?? "COMMIT"
        return "on an up-to-date '\(patch.target)', type: "
            + "git diff --binary --no-color --no-ext-diff \(commit) \(base?.short ?? commit + "^") | git apply --index"
            + " && git patch \(typedWord("Revert: \(patch.title)"))"
    }
}

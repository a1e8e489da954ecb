import Automerge
import Forge
import GitProcess
import GitValues
import PlainRemote
import Store

/// Looks at what a forge's merge made: the change of the patch on the tip that was there, and nothing else.
///
/// A forge once merged squashes over a wrong base and undid earlier work in thousands of repositories, all checks green.
struct ForgeAudit {
    private let item: ForgeItem
    private let objects: RepositoryObjects
    private let remote: PlainRemote

    init(_ item: ForgeItem) {
        self.item = item
        remote = item.work.plain(item.record.remote)
        objects = remote.objects
    }

    /// Writes the receipt of a landing, pushes it beside the target, and audits it.
    func run(_ landed: ObjectID?) async throws -> (receipt: Receipt?, problems: [String]) {
        let (patch, record) = (item.patch, item.record)
        guard let landed else { return (nil, ["the forge does not say which commit it became"]) }
        do {
            guard let tip = try await item.work.tip(of: patch.target, remote: record.remote) else {
                return (nil, ["'\(patch.target)' is gone"])
            }
            guard try await objects.missing([landed]).isEmpty, try await objects.isAncestor(landed, of: tip) else {
                return (nil, ["\(landed.short) is not in '\(patch.target)'"])
            }
            let base = try await base(of: landed)
            var member = Receipt.Member(
                patch: patch.id, head: record.head, method: record.options.method, landed: landed)
            let hasHead = try await objects.missing([record.head]).isEmpty
            if hasHead { member.from = try await objects.mergeBase(base, record.head) }
            let receipt = Receipt(
                target: patch.target, base: base, candidate: landed, landed: landed,
                tree: try await objects.tree(of: landed), members: [member],
                method: record.options.method?.rawValue ?? "forge", verdicts: [], policy: nil, at: item.work.now())
            let heads = hasHead ? [patch.id.text: try await objects.tree(of: record.head)] : [:]
            let commit = try await write(receipt, heads)
            let report = try await Audit(objects: objects).run(
                tip: landed, notIn: [base], receipts: commit, strict: false)
            return (receipt, report.problems.filter { $0.commit == landed }.map(\.detail))
        } catch RemoteProblem.unreachable(_, let words) {
            return (nil, ["it could not be audited: \(words)"])
        }
    }

    /// The tip before: a rebase may have put several commits on it, everything else one.
    private func base(of landed: ObjectID) async throws -> ObjectID {
        let head = item.record.head
        let facts = try await objects.commit(landed)
        guard let first = facts.parents.first else { return landed }
        guard facts.parents.count == 1, item.record.options.method == .rebase,
            try await objects.missing([head]).isEmpty
        else { return first }
        let start = try await objects.mergeBase(first, head)
        let count = try await objects.commits(from: head, notIn: start.map { [$0] } ?? []).count
        let line = try await objects.firstParents(from: landed, notIn: [])
        return line.count > count ? line[count] : first
    }

    /// The receipt as a commit, on the remote where it takes it.
    private func write(_ receipt: Receipt, _ heads: [String: ObjectID]) async throws -> ObjectID? {
        guard let name = RemoteReferences.receipts(receipt.target) else { return nil }
        let identity = try await objects.committer()
        for _ in 0..<3 {
            let state = try await remote.read(withCommits: false)
            let parent = state.receipts[receipt.target]
            if let parent, try await objects.missing([parent]).isEmpty,
                let last = try await objects.receipt(in: parent), last.landed == receipt.landed
            {
                return parent
            }
            var document = try DocumentCommit(
                file: Receipt.fileName, document: receipt, parent: parent,
                message: "\(receipt.target) is now \(receipt.landed.short)\n\nLanding: \(RecordID.make())\n")
            document.folder = Receipt.headsFolder
            document.trees = heads
            let commit = try await objects.write(document, by: identity)
            let update = RemoteUpdate(name, from: parent, to: commit)
            let answer = try await remote.connection.push([update], atomic: false, operation: receipt.members[0].patch)
            if answer.isComplete(for: [update]) {
                try await remote.remember([update])
                return commit
            }
            // A forge that takes no such reference keeps the audit of now; there is none to repeat later.
            if !answer.refusals.isEmpty { return commit }
        }
        return nil
    }
}

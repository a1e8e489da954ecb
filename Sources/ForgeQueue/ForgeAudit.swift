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

    /// How long a target may lack what the forge calls merged, in seconds, before that is a verdict.
    static let patience = 300.0

    init(_ item: ForgeItem) {
        self.item = item
        remote = item.work.plain(item.record.remote)
        objects = remote.objects
    }

    /// What the audit of a landing found.
    struct Finding {
        var receipt: Receipt?
        /// What is in the target is not what was agreed on.
        var contradictions: [String] = []
        /// Checks that the target requires and that did not pass.
        var untested: [String] = []
        /// Why nothing can be said.
        var unknown: String?
        /// Why the receipt is here only.
        var unwritten: String?

        /// Whether the content of the patch is proven to be in the target: it was compared, and nothing differs.
        var provesContent: Bool { contradictions.isEmpty && unknown == nil }
    }

    /// Why nothing can be compared: the forge calls it merged, and what git reads there does not show it; `nil` when it
    /// does. Forges answer from several machines, and not all of them know of a merge at once.
    ///
    /// - Throws: when the remote is out of reach: then it is looked at in a later pass.
    func invisible(_ landed: ObjectID?) async throws -> Finding? {
        let target = item.patch.target
        guard let landed else { return Finding(unknown: "the forge does not say which commit it became") }
        guard let tip = try await item.work.tip(of: target, remote: item.record.remote) else {
            return Finding(contradictions: ["'\(target)' is gone"])
        }
        let isThere = try await objects.missing([landed]).isEmpty
        if isThere, try await objects.isAncestor(landed, of: tip) { return nil }
        return Finding(contradictions: ["\(landed.short) is not in '\(target)'"])
    }

    /// Writes the receipt of a landing that is visible, pushes it beside the target, and audits it; a second time changes
    /// nothing.
    ///
    /// - Throws: when the remote is out of reach: then it is done in a later pass.
    func run(_ landed: ObjectID) async throws -> Finding {
        let (patch, record) = (item.patch, item.record)
        let (base, method) = try await shape(of: landed)
        var member = Receipt.Member(
            patch: patch.id, head: record.head, method: method, landed: landed)
        let head = try await hasHead() ? try await objects.tree(of: record.head) : nil
        if head != nil { member.from = try await objects.mergeBase(base, record.head) }
        let policy = try await TargetPolicy(of: patch.target, at: base, objects: objects, git: item.work.settings)
        var receipt = Receipt(
            target: patch.target, base: base, candidate: landed, landed: landed,
            tree: try await objects.tree(of: landed), members: [member],
            method: method?.rawValue ?? "forge", verdicts: head.map { verdicts(policy, on: $0) } ?? [],
            policy: policy.file, at: item.work.now())
        receipt.isByForge = true
        let (commit, unwritten) = try await write(receipt, head.map { [patch.id.text: $0] } ?? [:])
        let report = try await Audit(objects: objects).run(
            tip: landed, notIn: [base], receipts: commit, strict: false)
        var finding = Finding(receipt: receipt, unwritten: unwritten)
        if member.from == nil {
            finding.unknown = "the head that was agreed on, \(record.head.short), is not to be had"
        }
        for problem in report.problems where problem.commit == landed {
            if problem.kind == .untested {
                finding.untested.append(problem.detail)
            } else {
                finding.contradictions.append(problem.detail)
            }
        }
        return finding
    }

    /// Whether the agreed head is here; one that somebody else pushed is fetched while its branch is there.
    private func hasHead() async throws -> Bool {
        let head = item.record.head
        if try await objects.missing([head]).isEmpty { return true }
        guard let own = item.patch.remote, let branch = ReferenceName(branch: item.patch.branch),
            let local = FetchedReferences.head(of: item.patch.id, on: own)
        else { return false }
        _ = try await item.work.plain(own).connection.fetch([(branch, local)])
        return try await objects.missing([head]).isEmpty
    }

    /// What the required checks said at the head, the worst word of each.
    private func verdicts(_ policy: TargetPolicy, on tree: ObjectID) -> [Receipt.Verdict] {
        // Of another head they say nothing about this tree.
        guard item.pull.head == item.record.head else { return [] }
        let document = item.work.document(of: item.patch, item.record.value)
        let order: [CheckReport.State] = [.failed, .pending, .skipped, .neutral, .passed]
        return policy.requiredChecks(of: document).compactMap { name in
            let states = item.pull.checks.filter { $0.name == name }.map(\.state)
            guard let worst = order.first(where: states.contains) else { return nil }
            return Receipt.Verdict(check: name, tree: tree, state: worst.rawValue, duration: nil)
        }
    }

    /// The tip before, and how it came on top of that. Somebody may have merged by hand in another way than was asked for,
    /// so what landed tells: a rebase puts the commits of the head there one by one, everything else is one commit.
    private func shape(of landed: ObjectID) async throws -> (base: ObjectID, method: LandingMethod?) {
        let wish = item.record.asked ?? item.record.options.method
        let (head, facts) = (item.record.head, try await objects.commit(landed))
        guard let first = facts.parents.first else { return (landed, wish) }
        if facts.parents.count > 1 { return (first, .merge) }
        let single = wish == .merge ? nil : wish
        guard try await objects.missing([head]).isEmpty else { return (first, single) }
        let start = try await objects.mergeBase(first, head)
        let own = try await objects.commits(from: head, notIn: start.map { [$0] } ?? [])
            .filter { $0.parents.count < 2 }
        guard own.count > 1 else { return (first, single) }
        let line = try await objects.firstParents(from: landed, notIn: start.map { [$0] } ?? [])
        guard line.count >= own.count else { return (first, .squash) }
        for (commit, place) in zip(own.reversed(), line) {
            let message = try await objects.commit(place).message
            guard message.trimmingNewlines == commit.message.trimmingNewlines else { return (first, .squash) }
        }
        let last = try await objects.commit(line[own.count - 1])
        return (last.parents.first ?? first, .rebase)
    }

    /// The receipt as a commit, on the remote where it takes it; with why it is here only, where that is no rule of the
    /// forge.
    private func write(
        _ receipt: Receipt, _ heads: [String: ObjectID]
    ) async throws -> (commit: ObjectID?, unwritten: String?) {
        guard let name = RemoteReferences.receipts(receipt.target) else { return (nil, "its target has no such name") }
        let identity = try await objects.committer()
        var written: ObjectID?
        var words = "it keeps moving"
        for _ in 0..<3 {
            let state = try await remote.read(withCommits: false)
            let parent = state.receipts[receipt.target]
            if let earlier = try await earlier(of: receipt, upTo: parent) { return (earlier, nil) }
            var document = try DocumentCommit(
                file: Receipt.fileName, document: receipt, parent: parent,
                message: "\(receipt.target) is now \(receipt.landed.short)\n\nLanding: \(RecordID.make())\n")
            document.folder = Receipt.headsFolder
            document.trees = heads
            let commit = try await objects.write(document, by: identity)
            written = commit
            let update = RemoteUpdate(name, from: parent, to: commit)
            let answer = try await remote.connection.push([update], atomic: false, operation: receipt.members[0].patch)
            if answer.isComplete(for: [update]) {
                try await remote.remember([update])
                return (commit, nil)
            }
            // A forge that takes no such reference keeps the audit of now; there is none to repeat later.
            if !answer.refusals.isEmpty { return (commit, nil) }
            // Whoever may not push there is told so by a connection that ends; what was merged is judged all the same.
            if case .connection(let reason)? = answer.failure { words = reason }
        }
        return (written, words)
    }

    /// The receipt that an earlier try wrote, among the last ones; `nil` when there is none.
    private func earlier(of receipt: Receipt, upTo tip: ObjectID?) async throws -> ObjectID? {
        guard let tip, try await objects.missing([tip]).isEmpty else { return nil }
        return try await objects.newestReceipt(upTo: tip) { other in
            other.landed == receipt.landed && other.members.map(\.patch) == receipt.members.map(\.patch)
        }
    }
}

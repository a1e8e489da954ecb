import Automerge
import Forge
import GitProcess
import GitValues
import PlainRemote
import Settings
import Store

extension CombinePulls {
    /// Opens the combined patch by the outbox, as any other: written down as one, delivered by whoever comes first.
    func open(
        _ combined: ConsolidationOutcome, on upstream: String, in store: borrowing Store
    ) async throws -> ConsolidationOutcome {
        guard var document = combined.patch else { return combined }
        guard ReferenceName(branch: document.branch) != nil else {
            return combined.without(.impossible("'\(document.branch)' is no branch name"))
        }
        document.method = try await method(document, on: upstream)
        try await keep(document.head, of: document.id)
        let operation = RecordID.make()
        let patch = PatchRecord(
            id: document.id, title: document.title, branch: document.branch, base: document.base,
            target: document.target, remote: pass.remote, commit: document.head,
            tree: try await work.plain(upstream).objects.tree(of: document.head), engine: .library, state: .queued,
            created: document.changedAt, updated: document.changedAt)
        var record = ForgeRecord(remote: upstream, head: document.head, at: document.headSince)
        record.combines = document.combines
        record.options = options(document, upstream, body: try await body(combined, document, upstream))
        let known = record
        FaultPoint.reached("consolidate.record")
        try store.record(
            "automerge consolidate", document.title, as: operation, gitDirectory: work.location.gitDirectory
        ) { () throws(StoreError) in
            try store.save(patch)
            try store.asOne("cannot record what is known of the forge") { try known.save(patch.id, in: store) }
            try Delivery.enqueue(
                create: patch, author: document.author, fork: document.fork, options: known.options,
                operation: operation, in: store)
        }
        FaultPoint.reached("consolidate.recorded")
        try await deliver(only: patch.id, in: store)
        return try await told(combined, patch, operation, in: store)
    }

    /// A way to land that the repository allows, if possible one that keeps each member a commit of its own.
    private func method(_ document: PatchDocument, on upstream: String) async throws -> LandingMethod? {
        let facts = try await work.forge(of: upstream)
            .look(branch: document.branch, owner: nil, base: document.target).facts
        return [LandingMethod.rebase, .merge].first(where: facts.methods.contains)
    }

    /// Keeps the commits from being collected while no branch has them; passes let go of them when the patch has ended.
    private func keep(_ tip: ObjectID, of patch: RecordID) async throws {
        guard let name = FetchedReferences.head(of: patch, on: pass.remote) else { return }
        _ = try await work.git.output(["update-ref", "--no-deref", name.text, tip.hex])
    }

    private func options(_ document: PatchDocument, _ upstream: String, body: String) -> QueueOptions {
        var options = QueueOptions(
            autoMerge: document.state == .armed, method: document.method,
            delay: document.delay.map { TimeSpan(seconds: $0) }, requiredChecks: document.requiredChecks,
            approvals: document.approvals, priority: document.priority)
        options.forge = ForgeWishes(body: body, to: upstream == pass.remote ? nil : upstream)
        return options
    }

    /// The text of the pull request: the way back, what it closes, and who made its parts.
    private func body(
        _ combined: ConsolidationOutcome, _ document: PatchDocument, _ upstream: String
    ) async throws -> String {
        let sign = work.access.site(of: upstream)?.kind == .gitlab ? "!" : "#"
        var lines = ["Combines these, each as a commit of its own. They stay open until this has landed.", ""]
        var closes: [String] = []
        var people: [String] = []
        for part in document.combines ?? [] {
            guard let pull = pulls[part.patch] else { continue }
            let number = "\(sign)\(pull.reference.number)"
            lines.append("- \(number) \(pull.title): \(part.head.short) is \(part.commit.short) here")
            closes += pull.body.split(whereSeparator: \.isNewline).map(String.init).filter { line in
                guard line.hasPrefix("Closes #"), !closes.contains(line) else { return false }
                return Int(line.dropFirst("Closes #".count)) != nil
            }
        }
        let objects = work.plain(upstream).objects
        for member in combined.members {
            let own = try await objects.commits(from: member.document.head, notIn: document.base.map { [$0] } ?? [])
            for author in own.map({ Person($0.author) }) where document.author?.isSamePerson(as: author) != true {
                let line = "Co-authored-by: \(author)"
                if !people.contains(line) { people.append(line) }
            }
        }
        let paragraphs = [lines, closes, people].filter { !$0.isEmpty }
        return paragraphs.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    /// What came of the delivery. What the remote or the forge refuses is taken back: nothing stays half done.
    private func told(
        _ combined: ConsolidationOutcome, _ patch: PatchRecord, _ operation: RecordID, in store: borrowing Store
    ) async throws -> ConsolidationOutcome {
        let requests = try store.requests(ofOperation: operation)
        if let refused = requests.first(where: { [.push, .open].contains($0.kind) && $0.state == .refused }) {
            let words = refused.reason ?? "no reason was given"
            try store.atomically("cannot record that the patch is taken back") { () throws(StoreError) in
                try Delivery.enqueue(
                    withdraw: patch, commits: [patch.commit], reason: "it was refused", operation: .make(), in: store)
                var gone = try store.patch(patch.id) ?? patch
                gone.state = .closed
                try store.save(gone)
            }
            try await deliver(only: patch.id, in: store)
            return combined.without(.refused(words))
        }
        var outcome = combined.ending(.created)
        let now = try store.patch(patch.id)
        outcome.url = now?.url
        outcome.number = now?.number
        if now?.state != .armed { outcome.patch?.state = .queued }
        let left = requests.first { [.waiting, .running, .unknown, .refused].contains($0.state) }
        if let left { outcome.waits = left.reason ?? "another process delivers" }
        return outcome
    }
}

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
        let made = record
        FaultPoint.reached("consolidate.record")
        var change: String?
        do {
            try store.record(
                "automerge consolidate", document.title, as: operation, gitDirectory: work.location.gitDirectory
            ) { () throws(StoreError) in
                let action = "cannot record the combined patch"
                change = try store.asOne(action) { try changed(document, in: store) }
                if let change { throw StoreError(code: .failed, operation: action, message: change) }
                try store.save(patch)
                try store.asOne("cannot record what is known of the forge") { try made.save(patch.id, in: store) }
                try Delivery.enqueue(
                    create: patch, author: document.author, fork: document.fork, options: made.options,
                    operation: operation, in: store)
            }
        } catch {
            guard let change else { throw error }
            await letGo(of: document)
            return combined.without(.impossible(change))
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

    /// What was kept for nothing.
    private func letGo(of document: PatchDocument) async {
        guard let name = FetchedReferences.head(of: document.id, on: pass.remote) else { return }
        // Losing the error is right: the next pass lets go of it.
        _ = try? await work.git.output(["update-ref", "--no-deref", "-d", name.text, document.head.hex])
    }

    /// What happened to a member while the combination was tested: another process took it, or it ended, or it has more.
    private func changed(_ document: PatchDocument, in store: borrowing Store) throws -> String? {
        let parts = document.combines ?? []
        for part in parts {
            guard let now = try store.patch(part.patch), let before = known[part.patch] else { continue }
            let record = try ForgeRecord.look(part.patch, in: store).record
            if !CombinePulls.isOpen(now) || record?.landedIn != nil {
                return "'\(now.title)' was closed or has landed meanwhile"
            }
            if now.commit != before.commit || now.target != before.target {
                return "'\(now.title)' was changed meanwhile"
            }
        }
        for other in try store.patches() where known[other.id] == nil && CombinePulls.isOpen(other) {
            for part in try ForgeRecord.look(other.id, in: store).record?.combines ?? [] {
                guard parts.contains(where: { $0.patch == part.patch && $0.head == part.head }) else { continue }
                let title = try store.patch(part.patch)?.title ?? part.patch.short
                return "'\(title)' is in '\(other.title)' (\(other.id.short)) already"
            }
        }
        return nil
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
        // Where only squashes are, none of them stays a commit of its own.
        let form = document.method == nil ? "" : ", each as a commit of its own"
        var lines = ["Combines these\(form). They stay open until this has landed.", ""]
        var closes: [String] = []
        var people: [String] = []
        for part in document.combines ?? [] {
            guard let pull = pulls[part.patch] else { continue }
            let number = "\(sign)\(pull.reference.number)"
            // No title: anybody may write one there, and this becomes the message of a commit.
            lines.append("- \(number): \(part.head.short) is \(part.commit.short) here")
            for issue in ClosingWords.issues(in: pull.body) where !closes.contains("Closes #\(issue)") {
                closes.append("Closes #\(issue)")
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

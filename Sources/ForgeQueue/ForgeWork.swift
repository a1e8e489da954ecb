import Automerge
import Forge
package import GitProcess
package import GitValues
import PlainRemote
package import Settings
import Store

/// What deliveries and passes on forges share: the repository, the way to forges, the clock.
package final class ForgeWork {
    package let git: GitProgram
    package let location: RepositoryLocation
    package let settings: Settings
    package let access: ForgeAccess
    let now: () -> Timestamp
    var facts: [String: RepositoryFacts] = [:]
    var policies: [String: TargetPolicy] = [:]

    /// Creates the work of one command; nothing is contacted yet.
    package init(
        git: GitProgram, location: RepositoryLocation, settings: Settings, now: @escaping () -> Timestamp = { .now() }
    ) {
        self.git = git
        self.location = location
        self.settings = settings
        self.now = now
        access = ForgeAccess(git: git, settings: settings)
    }

    /// Forgets what may have changed since the last pass.
    package func beginPass() {
        policies = [:]
        facts = [:]
    }

    /// The remote as git speaks to it.
    func plain(_ name: String) -> PlainRemote {
        PlainRemote(
            connection: RemoteConnection(name: name, git: git), objects: RepositoryObjects(location: location, git: git)
        )
    }

    /// The adapter of a remote.
    func forge(of remote: String) async throws(ForgeFailure) -> any Forge {
        guard let site = access.site(of: remote) else {
            throw .needsHuman(
                "remote '\(remote)' is on no forge", hint: "name its kind with 'git config forge.HOST.type'")
        }
        return try await access.forge(site)
    }

    /// What the target asks of patches: its own `.gitpatch`, as fetched now or, without a network, as last seen.
    func policy(of target: String, remote: String) async throws -> TargetPolicy {
        let key = "\(remote) \(target)"
        if let policy = policies[key] { return policy }
        let plain = plain(remote)
        let tip = try await tip(of: target, remote: remote)
        guard let tip else {
            throw ForgeFailure.invalid("the remote '\(remote)' has no branch '\(target)'")
        }
        let policy = try await TargetPolicy(of: target, at: tip, objects: plain.objects, git: settings)
        policies[key] = policy
        return policy
    }

    /// The newest commit of a target, fetched; `nil` when there is none.
    func tip(of target: String, remote: String) async throws -> ObjectID? {
        let plain = plain(remote)
        guard let name = ReferenceName(branch: target) else { return nil }
        guard let local = FetchedReferences.target(target, of: remote) else { return nil }
        guard let tip = try await plain.connection.list([name.text])[name] else { return nil }
        if try await plain.objects.missing([tip]).isEmpty { return tip }
        guard try await plain.connection.fetch([(name, local)]) else { return nil }
        return try await plain.objects.missing([tip]).isEmpty ? tip : try await plain.objects.localReference(local)
    }

    /// What the patch is as the queue sees it.
    func document(of patch: PatchRecord, _ record: ForgeRecord) -> PatchDocument {
        var document = PatchDocument(
            id: patch.id, title: patch.title, branch: patch.branch, base: patch.base, target: patch.target,
            head: record.head, author: nil, at: record.headSince)
        document.state =
            switch patch.state {
            case .landed: .landed
            case .closed: .closed
            case .ejected: .ejected
            case .local, .queued, .open, .armed: record.isArmed ? .armed : .queued
            }
        document.method = record.options.method
        document.delay = record.options.delay?.seconds
        document.requiredChecks = record.options.requiredChecks
        document.approvals = record.options.approvals
        document.priority = record.options.priority ?? .normal
        document.draft = record.seen?.wasDraft ?? record.options.draft
        document.queuedAt = record.armedAt
        document.stackOn = patch.stackedOn
        document.landed = patch.landed
        document.reason = record.disarmedBecause
        document.combines = record.combines
        return document
    }

    /// Writes or edits the safety comment so that it says what holds now.
    func tell(
        _ patch: PatchRecord, _ record: inout StoredRecord, _ forge: any Forge, ending: String? = nil,
        in store: borrowing Store
    ) async throws {
        guard let pull = record.pullReference else { return }
        let policy = ending == nil ? try await policy(of: patch.target, remote: record.remote) : nil
        // What another process asked for while this was written is told, too.
        for _ in 0..<3 {
            let text = safetyText(patch, record.value, policy, ending: ending ?? "over")
            if record.commentText == text { return }
            if record.comment == nil {
                // An earlier try may have written it without living to say so.
                if let found = try forge.comment(marked: Marker(.safety, patch: patch.id), on: pull) {
                    try record.change(in: store) { now in
                        now.comment = found.id
                        now.commentText = found.body
                    }
                }
            }
            var id = record.comment
            if let id {
                if record.commentText != text { try forge.editComment(id, of: pull, body: text) }
            } else {
                id = try forge.addComment(text, to: pull)
            }
            FaultPoint.reached("forge.comment.sent")
            try record.change(in: store) { now in
                now.comment = id
                now.commentText = text
            }
        }
    }

    private func safetyText(
        _ patch: PatchRecord, _ record: ForgeRecord, _ policy: TargetPolicy?, ending: String
    ) -> String {
        guard let policy else { return SafetyComment.text(patch.id, ending: ending) }
        let document = document(of: patch, record)
        return SafetyComment.text(
            patch.id, record, method: policy.method(of: document), delay: policy.delay(of: document),
            checks: policy.requiredChecks(of: document), approvals: policy.approvals(of: document))
    }
}

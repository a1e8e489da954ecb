import Forge
import GitProcess
import GitValues
package import PlainRemote
import Settings
package import Store

/// Pull requests that pushes open, for who has no token: GitLab takes words with the push of the branch, Gitea and Forgejo
/// a push to `refs/for/<target>`. Whatever else is wished waits for a token.
extension ForgeWork {
    package func propose(_ request: RequestRecord, in store: borrowing Store) async throws -> ForgeAnswerToRequest {
        guard let id = request.patch, let patch = try store.patch(id) else {
            return .refused("there is no such patch")
        }
        if let problem = try StoredRecord.look(id, in: store).problem { return .refused(problem) }
        let to = try RequestPayload.decode(RequestPayload.Open.self, of: request).forge?.to
        var record = try StoredRecord(
            id, in: store, new: ForgeRecord(remote: to ?? request.remote, head: patch.commit, at: now()))
        guard let site = access.site(of: record.remote) else { return .refused("'\(record.remote)' is on no forge") }
        do {
            if let url = try await openByPush(request, patch, &record, site, store) {
                return .done(url: url, note: nil)
            }
            return .refused("nor does it take proposals at 'refs/for/\(patch.target)'")
        } catch let failure as ForgeFailure {
            return ForgeWork.answer(failure)
        }
    }

    /// Opens the pull request of a patch, or moves it, without the forge's interface; `nil` where that cannot be.
    func openByPush(
        _ request: RequestRecord, _ patch: PatchRecord, _ record: inout StoredRecord, _ site: ForgeSite,
        _ store: borrowing Store
    ) async throws -> String? {
        let payload = try RequestPayload.decode(RequestPayload.Open.self, of: request)
        let pull: ForgeRecord.Pull
        switch site.kind {
        case .github: return nil
        case .gitlab:
            // The push of the branch has opened it, or the server takes no words.
            guard let number = patch.number, let url = patch.url else { return nil }
            pull = record.pull ?? ForgeRecord.Pull(id: "", number: number, url: url)
        case .gitea:
            guard let opened = try await pushTopic(payload, patch, &record, store) else { return nil }
            pull = opened
        }
        let isNew = record.pull == nil
        try record.change(in: store) { now in
            now.pull = pull
            now.pin(payload.document.head, at: self.now())
            guard isNew else { return }
            now.options.draft = payload.document.draft
            now.options.priority = payload.document.priority
        }
        try follow(patch.id, in: store)
        return pull.url
    }

    /// Pushes the head to the target's place for proposals; the pull request it is then, `nil` when the server has no such
    /// place.
    func pushTopic(
        _ payload: RequestPayload.Open, _ patch: PatchRecord, _ record: inout StoredRecord, _ store: borrowing Store
    ) async throws -> ForgeRecord.Pull? {
        guard let place = ReferenceName("refs/for/\(patch.target)") else { return nil }
        // It is there already: a push of the same head is refused.
        if record.topic != nil, record.head == payload.document.head, let pull = record.pull { return pull }
        let topic = record.topic ?? patch.branch
        let title = (payload.document.draft ? "WIP: " : "") + patch.title
        var options = ["topic=\(topic)", "title=\(title)", "force-push=true"]
        let marker = Marker(.proposal, patch: patch.id)
        let text = try await bodyText(payload.forge, patch, record.value, payload.document, marker)
        // The server makes line feeds of these two characters; a word of git holds none.
        options.append("description=" + text.replacing("\r", with: "").replacing("\n", with: "\\n"))
        let update = RemoteUpdate(place, from: nil, to: payload.document.head)
        let answer = try await plain(record.remote).connection.push(
            [update], atomic: false, operation: patch.id, options: options.filter { !$0.contains(where: \.isNewline) })
        FaultPoint.reached("forge.topic.sent")
        // The server answers for the reference it has made of it, so its own words tell.
        if case .connection(let words)? = answer.failure { throw ForgeFailure.unreachable(words) }
        guard answer.failure == nil, answer.refusals.isEmpty else { return nil }
        let known = record.pull
        guard
            let pull = answer.pullRequest("pulls").map({ ForgeRecord.Pull(id: "\($0)", number: $0, url: $1) }) ?? known
        else { return nil }
        try record.change(in: store) { now in
            now.topic = topic
            now.pull = pull
        }
        return pull
    }
}

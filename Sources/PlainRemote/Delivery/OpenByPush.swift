import GitProcess
import GitValues
import Settings
import Store

/// What opens a merge request on GitLab without its interface, for who has no token: words that go with the first push of
/// a branch. They come with no later push, since git sends none when nothing moves.
extension GroupDelivery {
    /// The words for the push of a new branch; none where another forge, or a token, is there.
    func openingOptions(_ push: RequestRecord) async throws -> [String] {
        guard let settings, let site = settings.forgeSite(ofRemote: group.remote), site.kind == .gitlab,
            let open = group.requests.first(where: { $0.kind == .open && $0.operation == push.operation }),
            await ForgeToken.find(for: site, git: remote.connection.git) == nil
        else { return [] }
        let payload = try RequestPayload.decode(RequestPayload.Open.self, of: open)
        let (document, wishes) = (payload.document, payload.forge)
        var options = [
            "merge_request.create", "merge_request.target=\(document.target)", "merge_request.title=\(document.title)",
        ]
        if let to = wishes?.to {
            guard let upstream = settings.forgeSite(ofRemote: to) else { return [] }
            options.append("merge_request.target_project=\(upstream.path)")
        }
        if document.draft { options.append("merge_request.draft") }
        // Words hold no line feeds; a longer text is what GitLab makes of the commit.
        if let body = wishes?.body, !body.isEmpty { options.append("merge_request.description=\(body)") }
        options += (wishes?.labels ?? []).map { "merge_request.label=\($0)" }
        options += (wishes?.assignees ?? []).map { "merge_request.assign=\($0)" }
        return options.filter { !$0.contains(where: \.isNewline) }
    }

    /// Writes down what the server says that it opened.
    func note(_ answer: PushAnswer, _ store: borrowing Store) throws(StoreError) {
        guard let pull = answer.pullRequest("merge_requests"), var patch = try store.patch(group.patch) else { return }
        patch.number = pull.number
        patch.url = pull.url
        patch.updated = now
        try store.save(patch)
    }
}

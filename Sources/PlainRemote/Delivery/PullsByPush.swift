import GitProcess
import GitValues
import Settings
import Store

/// Pull requests that need no interface, or no branch.
extension GroupDelivery {
    /// What becomes of a branch that Gitea or Forgejo refuses, to somebody who may only read, say: its commits can be
    /// proposed without one. `nil` where that is not meant.
    func propose(
        _ pushes: [RequestRecord], refused words: String, _ store: borrowing Store
    ) async throws -> [Outcome]? {
        guard let operation = pushes.last?.operation,
            let open = group.requests.first(where: { $0.kind == .open && $0.operation == operation })
        else { return nil }
        let payload = try RequestPayload.decode(RequestPayload.Open.self, of: open)
        // Where the pull request is, or is to be; a later head does not say it again.
        let place = pullRemote ?? payload.forge?.to ?? group.remote
        guard settings?.forgeSite(ofRemote: place)?.kind == .gitea else { return nil }
        let reason = words.split(separator: "\n").first.map(String.init) ?? "no reason given"
        guard let forge else {
            leftForForge = true
            return pushes.map { _ in .waiting("the remote refuses the branch: \(reason)", unreachable: false) }
        }
        let outcome: Outcome =
            switch try await forge.propose(open, in: store) {
            case .done:
                .forge(
                    .done(
                        url: nil,
                        note: "proposed to '\(place)' without a branch, which "
                            + "\(place == group.remote ? "it" : "'\(group.remote)'") refuses: \(reason)"))
            case .refused(let more): .refused("\(words)\n\(more)")
            case .waiting(let words, _), .unreachable(let words), .unknown(let words):
                .waiting(words, unreachable: false)
            }
        return pushes.map { _ in outcome }
    }

    // MARK: GitLab

    // What opens a merge request without its interface, for who has no token: words that go with the first push of a
    // branch. They come with no later push, since git sends none when nothing moves.

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

import GitProcess
import GitValues
import Store

extension GroupDelivery {
    /// Pushes the branch to the commit of the newest request; older requests are settled with it.
    ///
    /// A patch that has landed or was closed there is not pushed again.
    func deliverPushes(
        _ requests: [RequestRecord], _ store: borrowing Store, relay: (String) -> Void
    ) async throws -> [Outcome] {
        var payloads: [RequestPayload.Push] = []
        for request in requests { payloads.append(try RequestPayload.decode(RequestPayload.Push.self, of: request)) }
        guard let newest = payloads.last, let last = requests.last else { return [] }
        guard let name = ReferenceName(branch: newest.branch) else {
            return requests.map { _ in .refused("'\(newest.branch)' is no branch name") }
        }
        if !newest.replaces.isEmpty, let words = try await finished(store) {
            return requests.map { _ in .refused(words) }
        }
        let ours = Set(payloads.flatMap { $0.replaces + [$0.commit] })
        var expected = newest.replaces.last
        if requests.contains(where: { $0.attempts > 1 }) || requests.count > 1 {
            switch try await lease(for: newest, name, ours) {
            case .done: return requests.map { _ in .done }
            case .refused(let words): return requests.map { _ in .refused(words) }
            case .expect(let value): expected = value
            }
        }
        var options = expected == nil ? try await openingOptions(last) : []
        for _ in 0..<5 {
            FaultPoint.reached("deliver.branch.push")
            let update = RemoteUpdate(name, from: expected, to: newest.commit)
            let answer = try await remote.connection.push(
                [update], atomic: false, operation: nil, skipsHooks: newest.skipsHooks, options: options, relay: relay)
            if answer.isComplete(for: [update]) {
                try await remote.remember([update])
                if !options.isEmpty { try note(answer, store) }
                return requests.map { _ in .done }
            }
            if answer.failure == .optionsUnsupported {
                options = []
                continue
            }
            if let other = answer.clash(with: name) {
                return requests.map { _ in .refused(Delivery.clash(with: other)) }
            }
            if !answer.refusals.isEmpty, let outcomes = try await propose(requests, refused: answer.refusalText, store)
            {
                return outcomes
            }
            if let outcome = ended(answer) { return requests.map { _ in outcome } }
            if let outcome = locked(answer, last) { return requests.map { _ in outcome } }
            switch try await lease(for: newest, name, ours) {
            case .done: return requests.map { _ in .done }
            case .refused(let words): return requests.map { _ in .refused(words) }
            case .expect(let value):
                if case .connection(let words)? = answer.failure {
                    return requests.map { _ in .waiting(words, unreachable: false) }
                }
                expected = value
            }
        }
        return requests.map { _ in
            .waiting("branch '\(newest.branch)' keeps moving (attempt \(last.attempts))", unreachable: false)
        }
    }

    /// Deletes branches that are still where we left them.
    func deliverDeletions(_ requests: [RequestRecord]) async throws -> [Outcome] {
        var outcomes: [Outcome] = []
        for request in requests {
            let payload = try RequestPayload.decode(RequestPayload.DeleteBranch.self, of: request)
            outcomes.append(try await delete(payload, isFirst: request.attempts <= 1))
        }
        return outcomes
    }

    private func delete(_ payload: RequestPayload.DeleteBranch, isFirst: Bool) async throws -> Outcome {
        guard let name = ReferenceName(branch: payload.branch) else {
            return .refused("'\(payload.branch)' is no branch name")
        }
        let record = payload.withRecord ? RemoteReferences.patch(group.patch) : nil
        if payload.withRecord, try await document()?.state == .landed { return .refused(Delivery.hasLanded) }
        for _ in 0..<4 {
            let there = try await remote.connection.list([name.text] + (record.map { [$0.text] } ?? []))
            if let value = there[name], !payload.expected.contains(value) {
                return .refused("\(Delivery.notOurs(payload.branch)) (\(value.short))")
            }
            let updates = [name, record].compactMap { $0 }.compactMap { name in
                there[name].map { RemoteUpdate(name, from: $0, to: nil) }
            }
            // What an earlier try of ours has deleted is not somebody else's deed.
            let done: Outcome =
                there[name] == nil && isFirst
                ? .forge(.done(url: nil, note: "the branch was gone from '\(remote.connection.displayName)' already"))
                : .done
            guard !updates.isEmpty else {
                await forget(name, at: payload.expected)
                return done
            }
            FaultPoint.reached("deliver.deletion.push")
            let answer = try await remote.connection.push(updates, atomic: updates.count > 1, operation: group.patch)
            if answer.isComplete(for: updates) {
                try await remote.remember(updates)
                if there[name] == nil { await forget(name, at: payload.expected) }
                return done
            }
            if let outcome = ended(answer) ?? locked(answer, nil) { return outcome }
            if case .connection(let words)? = answer.failure { return .waiting(words, unreachable: false) }
        }
        return .waiting("branch '\(payload.branch)' keeps moving", unreachable: false)
    }

    /// Removes the remote-tracking branch of a branch that somebody else deleted, as git does when it deletes one itself.
    private func forget(_ name: ReferenceName, at commits: [ObjectID]) async {
        guard let branch = name.branch,
            let tracking = ReferenceName("refs/remotes/\(remote.connection.name)/\(branch)")
        else { return }
        for commit in commits {
            // Losing the error is right: a branch that is elsewhere, or not there, stays as it is.
            _ = try? await remote.connection.git.run(["update-ref", "-d", tracking.text, commit.hex])
        }
    }

    /// What a push without success means where the remote need not be read; `nil` where it must be.
    func ended(_ answer: PushAnswer) -> Outcome? {
        if !answer.refusals.isEmpty { return .refused(answer.refusalText) }
        if case .hook(let words)? = answer.failure {
            return .refused("the pre-push hook said no" + (words.isEmpty ? "" : ": " + words))
        }
        return nil
    }

    /// What a lock on the server means: somebody works there, or a git there was killed and nothing of ours may remove it.
    func locked(_ answer: PushAnswer, _ request: RequestRecord?) -> Outcome? {
        guard let path = answer.heldLock else { return nil }
        let more = (request?.attempts ?? 1) > 2 ? "; when no git works there, a crash has left it: remove it there" : ""
        return .waiting("the remote is locked by '\(path)'\(more)", unreachable: false)
    }

    /// What the remote says of the patch; `nil` when it does not know it.
    private func document() async throws -> PatchDocument? {
        try await remote.read(onlyPatch: group.patch, withCommits: false).patches[group.patch]?.document
    }

    /// Why the patch may not be pushed again; the record here follows what was read.
    private func finished(_ store: borrowing Store) async throws -> String? {
        guard let document = try await document(), document.isFinished else { return nil }
        try Delivery.follow([document], in: store)
        return document.state == .landed ? Delivery.hasLanded : "the patch was closed"
    }

    private enum Lease {
        case expect(ObjectID?)
        case done
        case refused(String)
    }

    /// Reads the branch and decides whether it may be moved to the commit.
    private func lease(
        for push: RequestPayload.Push, _ name: ReferenceName, _ ours: Set<ObjectID>
    ) async throws -> Lease {
        guard let value = try await remote.connection.list([name.text])[name] else { return .expect(nil) }
        if value == push.commit { return .done }
        if ours.contains(value) { return .expect(value) }
        if try await remote.objects.isAncestor(value, of: push.commit), !push.replaces.isEmpty { return .expect(value) }
        if !push.replaces.isEmpty { return .refused("\(Delivery.moved(push.branch)), it is at \(value.short)") }
        return .refused("the remote has another branch '\(push.branch)' already, at \(value.short)")
    }
}

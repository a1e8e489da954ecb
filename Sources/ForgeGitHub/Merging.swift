package import Forge
import GitValues
import HTTP
import Synchronization

extension GitHubForge {
    /// Asynchronous merge first; on servers that lack it arm, else enqueue, else merge, always with the head.
    package func merge(
        _ pull: PullRequest, _ wish: MergeWish, facts: RepositoryFacts
    ) throws(ForgeFailure) -> MergeProgress {
        if !lacksAsynchronousMerge.withLock({ $0 }) {
            if let progress = try mergeAsynchronously(pull.reference, wish) { return progress }
            lacksAsynchronousMerge.withLock { $0 = true }
        }
        if pull.rules.queue { return try enqueue(pull.reference, wish) }
        if facts.autoMergeAllowed {
            if try arm(pull.reference, wish) { return .atForge("auto-merge is on at the forge") }
            return try mergeNow(pull.reference, wish)
        }
        do { return try mergeNow(pull.reference, wish) } catch {
            guard case .policyBlocked(let words) = error else { throw error }
            throw .policyBlocked(
                "\(words); auto-merge is off in the settings of the repository, so each 'git automerge run' tries again"
            )
        }
    }

    /// `nil` when the server has no such route.
    private func mergeAsynchronously(_ pull: PullReference, _ wish: MergeWish) throws(ForgeFailure) -> MergeProgress? {
        let what = "merge pull request \(pull.number)"
        let body: JSONValue = [
            "sha": .string(wish.head.hex), "merge_method": .string(wish.method.rawValue), "merge_action": "default",
            "commit_title": .string(wish.title), "commit_message": .string(wish.message),
        ]
        let answer = try connection.call(.put, "\(repositoryPath)/pulls/\(pull.number)/merge-async", body)
        switch answer.status {
        case 200, 202: return try progress(answer.json, what)
        case 404: return nil
        case 409:
            // A request of ours, or of somebody else, is under way: its ticket is in the answer.
            if let ticket = answer.json["uuid"].string { return .working(ticket: ticket) }
            throw RefusalText.failure(answer.message, what)
        case 400: throw .gone("cannot \(what): \(answer.message)")
        case 422: throw RefusalText.failure(answer.message, what)
        default: throw answer.failure(what)
        }
    }

    package func progress(of ticket: String, _ pull: PullReference) throws(ForgeFailure) -> MergeProgress {
        let what = "merge pull request \(pull.number)"
        let answer = try connection.call(
            .get, "\(repositoryPath)/pulls/\(pull.number)/merge-async/\(pathComponent(ticket))")
        // Tickets are kept for a day; what became of an older one the pull request itself tells.
        if answer.status == 404 { throw .gone("the forge no longer knows how the merge ended") }
        guard answer.isSuccess else { throw answer.failure(what) }
        return try progress(answer.json, what)
    }

    private func progress(_ json: JSONValue, _ what: String) throws(ForgeFailure) -> MergeProgress {
        switch json["status"].string {
        case "merged": return .landed(json["sha"].string.flatMap { ObjectID(hex: $0) })
        case "enqueued": return .atForge("it is in the forge's merge queue")
        case "failed":
            throw RefusalText.failure(cleaned(json["message"].string ?? json["reason"].string ?? "it failed"), what)
        case "pending", nil:
            guard let ticket = json["uuid"].string else { throw .unknown("cannot \(what): the answer names no ticket") }
            return .working(ticket: ticket)
        case let other?: throw .unknown("cannot \(what): the forge says '\(cleaned(other))'")
        }
    }

    private func method(_ method: LandingMethod) -> JSONValue { .string(method.rawValue.uppercased()) }

    /// Whether the forge now waits by itself; `false` when there is nothing to wait for and it can be merged at once.
    private func arm(_ pull: PullReference, _ wish: MergeWish) throws(ForgeFailure) -> Bool {
        let input: JSONValue = [
            "pullRequestId": .string(pull.id), "mergeMethod": method(wish.method),
            "expectedHeadOid": .string(wish.head.hex), "commitHeadline": .string(wish.title),
            "commitBody": .string(wish.message),
        ]
        var isReady = false
        do {
            _ = try change(.arm, input, to: "arm pull request \(pull.number)") { errors in
                isReady = RefusalText.isReadyNow(errors.words) || RefusalText.cannotArm(errors.words)
                return nil
            }
            return true
        } catch {
            if isReady { return false }
            throw error
        }
    }

    private func enqueue(_ pull: PullReference, _ wish: MergeWish) throws(ForgeFailure) -> MergeProgress {
        // The queue has its own method and text; it takes neither.
        let input: JSONValue = ["pullRequestId": .string(pull.id), "expectedHeadOid": .string(wish.head.hex)]
        var isQueued = false
        do {
            _ = try change(.enqueue, input, to: "enqueue pull request \(pull.number)") { errors in
                isQueued = errors.words.lowercased().contains("already in the queue")
                return nil
            }
        } catch {
            if !isQueued { throw error }
        }
        return .atForge("it is in the forge's merge queue")
    }

    private func mergeNow(_ pull: PullReference, _ wish: MergeWish) throws(ForgeFailure) -> MergeProgress {
        let input: JSONValue = [
            "pullRequestId": .string(pull.id), "mergeMethod": method(wish.method),
            "expectedHeadOid": .string(wish.head.hex), "commitHeadline": .string(wish.title),
            "commitBody": .string(wish.message),
        ]
        var wantsQueue = false
        do {
            let data = try change(.merge, input, to: "merge pull request \(pull.number)") { errors in
                wantsQueue = RefusalText.wantsQueue(errors.words)
                return nil
            }
            let commit = data["mergePullRequest"]["pullRequest"]["mergeCommit"]["oid"].string
            return .landed(commit.flatMap { ObjectID(hex: $0) })
        } catch {
            if wantsQueue { return try enqueue(pull, wish) }
            throw error
        }
    }

    /// Leaves the queue and switches auto-merge off; answers of the queue are not to be trusted, so the caller reads back.
    package func disarm(_ pull: PullRequest) throws(ForgeFailure) {
        if pull.isQueued {
            do {
                _ = try change(.dequeue, ["id": .string(pull.reference.id)], to: "leave the merge queue")
            } catch {
                switch error {
                case .gone:
                    // Whether the id of the pull request or of its entry is wanted, servers disagree.
                    guard let entry = pull.queueEntry else { throw error }
                    _ = try change(.dequeue, ["id": .string(entry)], to: "leave the merge queue")
                case .invalid, .pending, .policyBlocked: break
                default: throw error
                }
            }
        }
        if pull.isArmed {
            _ = try change(
                .disarm, ["pullRequestId": .string(pull.reference.id)],
                to: "disarm pull request \(pull.reference.number)")
        }
    }
}

import Git2
import GitProcess
package import GitValues
package import PlainRemote
import Snapshots
package import Store

/// Where everything stands, and what to type next.
package struct Guidance: Sendable {
    /// The branch or commit HEAD is on.
    package var head: String
    /// The open patch whose branch that is.
    package var current: PatchRecord?
    /// Patches that have neither landed nor been closed, newest first.
    package var open: [PatchRecord]
    /// What was last seen of patches on a forge.
    package var forge: [RecordID: ForgeRecord]
    /// Why nothing is known of others, in words.
    package var unknown: [RecordID: String]
    /// Requests that are not finished, or were refused and can be tried again.
    package var requests: [RequestRecord]
    /// Deletions of branches that a remote has refused for good, while the branches are there as far as git has seen.
    package var kept: [RequestRecord]
    /// Operations in motion: of another process.
    package var running: [OperationRecord]
    /// Commands to type, the most useful first, each with its reason.
    package var next: [Step]

    /// A command to type.
    package struct Step: Sendable {
        package var command: String
        package var reason: String
    }
}

extension Session {
    /// Looks at patches, requests, HEAD and the working tree; nothing is written and no remote is asked.
    package func guidance() async throws -> Guidance {
        let head = try await view.head()
        let patches = try store.patches()
        let open = patches.filter { $0.state != .landed && $0.state != .closed }
        let ended = try endedPatches()
        var requests = try store.requests().filter { $0.state != .done && $0.state != .cancelled }
        let kept = try await keptBranches(requests)
        requests.removeAll { Delivery.isRefusedForGood($0, ended: ended) }
        let running = try store.unfinishedOperations()
        if requests.contains(where: { $0.state == .running }), try !Delivery.isAtWork(workspace.location) {
            // Nobody delivers: whoever began has ended.
            for index in requests.indices where requests[index].state == .running {
                requests[index].state = .waiting
                requests[index].reason = requests[index].reason ?? "interrupted"
            }
        }
        var forge: [RecordID: ForgeRecord] = [:]
        var unknown: [RecordID: String] = [:]
        for patch in open where patch.url != nil {
            (forge[patch.id], unknown[patch.id]) = try ForgeRecord.look(patch.id, in: store)
        }
        let current = open.first { $0.branch == head.branch?.branch }
        let status = try await workspace.git.readOnly.run(["status", "--porcelain", "-z", "--no-renames"])
        let isDirty = !status.output.isEmpty
        var next: [Guidance.Step] = []
        let inProgress = OperationInProgress.find(in: workspace.location)
        if let inProgress {
            next.append(.init(command: inProgress.finish, reason: "\(inProgress.phrase) is in progress"))
            next.append(.init(command: inProgress.abort, reason: "gives it up"))
        }
        if let way = requests.lazy.filter({ $0.state == .refused }).compactMap(Delivery.takeOver).first {
            next.append(
                .init(command: way.command, reason: "on '\(way.branch)': takes over what others have pushed there"))
            next.append(.init(command: "git patch update", reason: "then pushes the patch on top of it"))
        } else if requests.contains(where: { $0.state == .refused }) {
            next.append(.init(command: "git patch resume", reason: "a request was refused; this tries it again"))
        } else if !requests.isEmpty {
            next.append(.init(command: "git patch resume", reason: "requests wait for the remote"))
        }
        if try StopsToTell.wait(in: store) {
            next.append(
                .init(
                    command: "git automerge deliver", reason: "a stop or resume of the queue is not on the remote yet"))
        }
        let isToldAlready = next.contains { $0.command == "git patch update" }
        if isDirty, inProgress == nil, !isToldAlready, let current {
            next.append(.init(command: "git patch update", reason: "adds the changes to '\(current.title)'"))
        }
        if !isDirty, inProgress == nil, !isToldAlready, let current, let tip = head.commit, tip != current.commit {
            next.append(
                .init(command: "git patch update", reason: "takes the commits made since into '\(current.title)'"))
        }
        if isDirty, inProgress == nil {
            next.append(.init(command: "git patch \"what changes\"", reason: "makes a patch of the changes"))
        }
        if let current, current.state == .local, !workspace.remotes.isEmpty {
            next.append(
                .init(command: "git patch resume \(current.id.short)", reason: "sends '\(current.title)' to its remote")
            )
        }
        if open.contains(where: { $0.state == .armed }) {
            next.append(.init(command: "git automerge status", reason: "shows what armed patches wait for"))
        }
        if let ejected = open.first(where: { $0.state == .ejected }) {
            next += await wayBack(of: ejected, isHere: ejected.id == current?.id)
        }
        let waiting = open.filter { $0.state == .open && $0.remote != nil }
        if let patch = waiting.first(where: { $0.id == current?.id }) ?? waiting.first {
            let name = patch.id == current?.id ? "" : " \(patch.id.short)"
            next.append(.init(command: "git automerge enable\(name)", reason: "lets '\(patch.title)' land by itself"))
        }
        if let version = try await landedRelease(among: patches) {
            next.append(
                .init(
                    command: "git patch release \(version)",
                    reason: "tags what landed as \(version), once its checks have passed"))
        }
        if try await !landedBranches().isEmpty {
            next.append(.init(command: "git patch cleanup", reason: "deletes branches that have landed"))
        }
        return Guidance(
            head: head.label, current: current, open: open, forge: forge, unknown: unknown, requests: requests,
            kept: kept, running: running, next: next)
    }

    private func keptBranches(_ requests: [RequestRecord]) async throws -> [RequestRecord] {
        var kept: [RequestRecord] = []
        for request in requests {
            guard let branch = Delivery.keptBranch(request),
                let name = ReferenceName("refs/remotes/\(request.remote)/\(branch)"),
                try await view.reference(name) != nil
            else { continue }
            kept.append(request)
        }
        return kept
    }

    /// What puts a patch back into the queue that was taken out: one that conflicts is merged before.
    private func wayBack(of patch: PatchRecord, isHere: Bool) async -> [Guidance.Step] {
        let enable = Guidance.Step(
            command: "git automerge enable \(patch.id.short)",
            reason: "puts '\(patch.title)' back into the queue it was taken out of")
        guard let remote = patch.remote, await conflicts(patch, on: remote) else { return [enable] }
        let merge = Guidance.Step(
            command: "git pull --no-rebase \(remote) \(patch.target)",
            reason: "'\(patch.title)' conflicts with '\(patch.target)': merge it, and push")
        if isHere { return [merge, enable] }
        return [Guidance.Step(command: "git switch \(patch.branch)", reason: "goes where it is mended"), merge, enable]
    }

    /// Whether the head of a patch is the one that did not merge, as its remote said at the last look.
    private func conflicts(_ patch: PatchRecord, on remote: String) async -> Bool {
        let objects = RepositoryObjects(location: workspace.location, git: workspace.git)
        let plain = PlainRemote(connection: RemoteConnection(name: remote, git: workspace.git), objects: objects)
        // Losing the error is right: then only the shorter way is named, whose answer says the rest.
        let document = try? await plain.recall().patches[patch.id]?.document
        return document?.conflictsAt == patch.commit
    }

    /// The patch a user means, by any of its names; without a wish, the one of the current branch.
    package func choosePatch(_ wish: String?) async throws -> PatchRecord {
        guard let wish else { return try openPatch(at: try await view.head()) }
        let found = try store.patches(matching: wish)
        guard let patch = found.first else {
            throw PatchProblem(
                .noSuchPatch, "there is no patch '\(wish)'",
                hints: ["name one by its id, branch, title or '#number': git patch list --all"])
        }
        try requireClear(found, wish)
        return patch
    }

    /// Refuses a text that fits several patches.
    func requireClear(_ found: [PatchRecord], _ wish: String) throws(PatchProblem) {
        guard found.count > 1 else { return }
        throw PatchProblem(
            .ambiguousPatch, "'\(wish)' fits several patches", hints: [NamedPatches.hint(found.map(\.candidate))])
    }
}

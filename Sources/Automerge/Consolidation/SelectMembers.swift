import GitValues
import PlainRemote

/// Chooses the patches of a target that a strategy means; the others get the reason why not.
struct SelectMembers {
    let objects: RepositoryObjects
    let request: ConsolidationRequest
    let now: Timestamp
    /// What else is known to keep patches out, and why.
    var obstacles: [RecordID: String] = [:]
    /// What gives a combination up, for whoever finds a patch in one.
    var wayOut = ""

    /// A patch with the paths it changes.
    private struct Sized {
        var document: PatchDocument
        var paths: Set<[UInt8]>
    }

    func callAsFunction(
        _ state: RemoteState
    ) async throws -> (members: [ConsolidationOutcome.Member], left: [ConsolidationOutcome.Left]) {
        var left: [ConsolidationOutcome.Left] = []
        var open: [Sized] = []
        let all = state.patches.values.map(\.document).filter { !$0.isFinished && $0.target == request.target }
        for document in LandingOrder.sorted(all, now: now) {
            if let reason = try await obstacle(document, state) {
                left.append(.init(document: document, reason: reason))
            } else {
                open.append(Sized(document: document, paths: try await paths(of: document, state)))
            }
        }
        let (chosen, why) = choose(open)
        let ids = Set(chosen.map(\.document.id))
        for other in open where !ids.contains(other.document.id) {
            left.append(.init(document: other.document, reason: why.out))
        }
        let limit = request.limit ?? chosen.count
        for extra in chosen.dropFirst(limit) {
            left.append(.init(document: extra.document, reason: "no more than \(limit) were asked for"))
        }
        let members = chosen.prefix(limit).map { entry in
            ConsolidationOutcome.Member(document: entry.document, reason: "\(why.in), \(count(entry.paths))")
        }
        return (Array(members), left)
    }

    private func count(_ paths: Set<[UInt8]>) -> String { "\(paths.count) file\(paths.count == 1 ? "" : "s")" }

    /// Why a patch cannot be combined at all; `nil` when it can.
    private func obstacle(_ document: PatchDocument, _ state: RemoteState) async throws -> String? {
        if document.state == .ejected { return "it is ejected: \(document.reason ?? "no reason was written")" }
        if document.draft { return "it is a draft" }
        if document.combines != nil { return "it combines others itself" }
        if let whole = try await combination(with: document, state) {
            return "it is in '\(whole.title)' (\(whole.id.short)) already" + wayOut
        }
        if let words = obstacles[document.id] { return words }
        if let below = document.stackOn, state.patches[below]?.document.state != .landed {
            return "it is stacked on '\(state.patches[below]?.document.title ?? below.short)'"
        }
        if try await !objects.missingCommits([document.head]).isEmpty { return "its head is not to be had" }
        if let start = document.replayFrom, try await !objects.missingCommits([start]).isEmpty {
            return "its own change starts behind \(start.short), which is not to be had any more"
        }
        guard let tip = state.branch(request.target) else { return "'\(request.target)' does not exist" }
        if let fork = document.fork, try await !objects.isAncestor(fork, of: tip),
            try await objects.isAncestor(fork, of: document.head)
        {
            return "it builds on \(fork.short), which was removed from '\(request.target)'"
        }
        return nil
    }

    /// The open combination that has a patch in it, at this very head; `nil` when there is none.
    private func combination(with document: PatchDocument, _ state: RemoteState) async throws -> PatchDocument? {
        for other in state.patches.values.map(\.document) where other.state == .queued || other.state == .armed {
            guard let part = other.combines?.first(where: { $0.patch == document.id && $0.head == document.head }),
                try await other.holds(part, target: state.branch(other.target), objects)
            else { continue }
            return other
        }
        return nil
    }

    private func paths(of document: PatchDocument, _ state: RemoteState) async throws -> Set<[UInt8]> {
        guard let tip = state.branch(request.target), let base = try await objects.mergeBase(tip, document.head) else {
            return []
        }
        return Set(
            try await objects.changedPaths(
                from: try await objects.tree(of: base), to: try await objects.tree(of: document.head)))
    }

    private func choose(_ open: [Sized]) -> (chosen: [Sized], why: (in: String, out: String)) {
        switch request.strategy {
        case .all: return (open, ("it is open", ""))
        case .priority:
            let highest = open.map(\.document.priority.rank).max()
            let chosen = open.filter { $0.document.priority.rank == highest }
            let word = chosen.first?.document.priority.rawValue ?? "no"
            return (chosen, ("it has \(word) priority", "its priority is lower than \(word)"))
        case .sameAuthor:
            let groups = Dictionary(grouping: open) { $0.document.author?.mail.lowercased() ?? "" }
            let most = groups.filter { !$0.key.isEmpty }
                .max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }
            let name = most?.value.first?.document.author?.name ?? "nobody"
            return (
                open.filter { $0.document.author?.mail.lowercased() == most?.key },
                ("\(name) made it", "somebody other than \(name) made it")
            )
        case .size:
            let sorted = open.enumerated().sorted {
                ($0.element.paths.count, $0.offset) < ($1.element.paths.count, $1.offset)
            }
            return (sorted.map(\.element), ("it is small", ""))
        case .related:
            let group = SelectMembers.groups(of: open.map(\.paths)).max { $0.count < $1.count } ?? []
            guard group.count > 1 else { return ([], ("", "it shares no file with another patch")) }
            return (
                group.sorted().map { open[$0] },
                ("it shares files with the others", "it shares no file with those that go together")
            )
        }
    }

    /// The groups of sets that overlap, directly or by way of others, as indices.
    static func groups<Path: Hashable>(of sets: [Set<Path>]) -> [[Int]] {
        var group = Array(sets.indices)
        func root(_ index: Int) -> Int {
            var index = index
            while group[index] != index { index = group[index] }
            return index
        }
        var owner: [Path: Int] = [:]
        for (index, paths) in sets.enumerated() {
            for path in paths {
                if let other = owner[path] {
                    group[max(root(other), root(index))] = min(root(other), root(index))
                } else {
                    owner[path] = index
                }
            }
        }
        return Dictionary(grouping: sets.indices, by: root).values.sorted { ($0.first ?? 0) < ($1.first ?? 0) }
    }
}

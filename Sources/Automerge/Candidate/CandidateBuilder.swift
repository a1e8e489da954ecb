import GitValues
import PlainRemote

/// Builds candidates: the members one after the other on a base, each in its own method, all in memory.
struct CandidateBuilder {
    /// What a member became.
    struct Built: Hashable {
        let member: QueueMember
        let shape: LandingShape
        /// The commit that completes it.
        let commit: ObjectID
        /// Merging the change from here to the head gives that commit's tree; `nil` where one merge base is not enough.
        let from: ObjectID?
    }

    /// A member with what is needed to merge it.
    struct Part {
        let member: QueueMember
        let document: PatchDocument
        let method: LandingMethod
    }

    let objects: RepositoryObjects
    /// The person and time of the commits that are made.
    let committer: Identity
    let style: CommitStyle
    private var merger: TreeMerger { TreeMerger(objects: objects) }

    init(objects: RepositoryObjects, committer: Identity, style: CommitStyle = CommitStyle()) {
        self.objects = objects
        self.committer = committer
        self.style = style
    }

    /// Merges the parts onto the base; parts that do not fit are set aside and the others go on.
    func build(on base: ObjectID, _ parts: [Part]) async throws -> (built: [Built], aside: [QueueAside]) {
        var built: [Built] = []
        var aside: [QueueAside] = []
        for part in parts {
            let tip = built.last?.commit ?? base
            switch try await add(part, to: tip) {
            case .commit(let commit, let shape):
                let from = try await singleBase(of: part, tip, commit, shape)
                built.append(Built(member: part.member, shape: shape, commit: commit, from: from))
            case .contained:
                let cover = try await cover(of: part, base: base, built)
                aside.append(QueueAside(part.member, cover.map { .covered(by: $0) } ?? .contained))
            case .impossible(let reason): aside.append(QueueAside(part.member, .impossible(reason)))
            case .unavailable(let commit): aside.append(QueueAside(part.member, .unavailable(commit)))
            case .conflicts(let paths):
                let other = try await culprit(of: part, base: base, built)
                aside.append(QueueAside(part.member, .conflict(paths: paths, with: other)))
            }
        }
        return (built, aside)
    }

    /// The one commit from which the part's change gives what was built; `nil` when there is none.
    private func singleBase(
        of part: Part, _ tip: ObjectID, _ commit: ObjectID, _ shape: LandingShape
    ) async throws -> ObjectID? {
        let head = part.member.head
        var start = try await replayStart(of: part, tip)
        if start == nil { start = try await objects.onlyMergeBase(tip, head) }
        guard let start else { return nil }
        // One merge over one base is what was built, unless it was built commit by commit.
        if shape.method != .rebase { return start }
        let merged = try await merger.apply(from: start, to: head, onto: tip)
        return merged == .clean(try await objects.tree(of: commit)) ? start : nil
    }

    /// Where the part's own change starts when that is not where its history leaves the target's; `nil` when it is.
    ///
    /// That is so for a patch whose parent landed in another form, and for one that landed before and was reverted.
    private func replayStart(of part: Part, _ tip: ObjectID) async throws -> ObjectID? {
        let head = part.member.head
        guard let below = part.document.replayFrom, let start = try await objects.mergeBase(below, head) else {
            return nil
        }
        guard let landed = part.document.landed else {
            return try await objects.isAncestor(start, of: tip) ? nil : start
        }
        // A head that was rebased since starts behind the revert.
        guard let shared = try await objects.mergeBase(tip, head) else { return start }
        return try await objects.isAncestor(shared, of: landed) ? start : nil
    }

    /// The member that has a part's content already where the base has not; `nil` where the base has it.
    private func cover(of part: Part, base: ObjectID, _ built: [Built]) async throws -> QueueMember? {
        guard let last = built.last else { return nil }
        if case .contained = try await add(part, to: base) { return nil }
        for earlier in built {
            if case .contained = try await add(part, to: earlier.commit) { return earlier.member }
        }
        return last.member
    }

    private enum Addition {
        case commit(ObjectID, LandingShape)
        case contained
        case conflicts([String])
        case impossible(String)
        case unavailable(ObjectID)
    }

    /// Whether a target holds all of a head that has no commit of its own: as history, or as content.
    private func isHeld(_ head: ObjectID, start: ObjectID?, by tip: ObjectID) async throws -> Bool {
        if start == nil { return true }
        if try await objects.isAncestor(head, of: tip) { return true }
        guard case .clean(let tree) = try await merger.merge(ours: tip, theirs: head) else { return false }
        return try await objects.tree(of: tip) == tree
    }

    private func add(_ part: Part, to tip: ObjectID) async throws -> Addition {
        let head = part.member.head
        // A stale record says nothing about the other members.
        let needed = [head] + (part.document.replayFrom.map { [$0] } ?? [])
        if let missing = try await objects.missingCommits(needed).first { return .unavailable(missing) }
        let start = try await replayStart(of: part, tip)
        // Commits that were reverted are in the target and land once more.
        let known = part.document.isToLandAgain && start != nil ? [] : [tip]
        let commits = try await objects.commits(from: head, notIn: known + (start.map { [$0] } ?? []))
        guard let last = commits.last else {
            return try await isHeld(head, start: start, by: tip)
                ? .contained
                : .impossible("it has no change of its own, and '\(part.document.target)' lacks some of it")
        }
        guard try await objects.mergeBase(tip, head) != nil else {
            return .impossible("its history has nothing in common with '\(part.document.target)'")
        }
        let shape = LandingShape(asked: part.method, commits: commits)
        switch shape.method {
        case .rebase: return try await rebase(commits, onto: tip, shape)
        case .squash, .merge, .auto:
            let merged: TreeMerger.Outcome
            if let start {
                merged = try await merger.apply(from: start, to: head, onto: tip)
            } else {
                merged = try await merger.merge(ours: tip, theirs: head)
            }
            guard case .clean(let tree) = merged else {
                if case .conflicts(let paths) = merged { return .conflicts(paths) }
                return .conflicts([])
            }
            if try await objects.tree(of: tip) == tree { return .contained }
            return .commit(try await record(part, tree, tip, commits, last, shape), shape)
        }
    }

    private func record(
        _ part: Part, _ tree: ObjectID, _ tip: ObjectID, _ commits: [CommitFacts], _ last: CommitFacts,
        _ shape: LandingShape
    ) async throws -> ObjectID {
        if shape.method == .merge {
            return try await objects.makeCommit(
                style, tree: tree, parents: [tip, part.member.head], author: committer, committer: committer,
                message: LandingMessage.merge(part.document, template: style.merge))
        }
        var author = last.author
        if commits.contains(where: { !Person($0.author).isSamePerson(as: Person(last.author)) }),
            let person = part.document.author
        {
            author.name = person.name
            author.mail = person.mail
        }
        return try await objects.makeCommit(
            style, tree: tree, parents: [tip], author: author, committer: committer,
            message: LandingMessage.squash(
                part.document, commits: commits, author: Person(author), template: style.squash))
    }

    /// Each commit on the one before, as `git rebase` would; commits that are where they belong stay what they are.
    private func rebase(_ commits: [CommitFacts], onto tip: ObjectID, _ shape: LandingShape) async throws -> Addition {
        var tip = tip
        let start = tip
        for commit in commits {
            if commit.parents.count > 1 {
                return .impossible(
                    "it holds the merge \(commit.id.short), which a rebase cannot keep; use squash or merge")
            }
            if commit.parents.first == tip {
                tip = commit.id
                continue
            }
            switch try await merger.apply(from: commit.parents.first, to: commit.id, onto: tip) {
            case .conflicts(let paths): return .conflicts(paths)
            case .clean(let tree):
                if try await objects.tree(of: tip) == tree { continue }
                tip = try await objects.makeCommit(
                    style, tree: tree, parents: [tip], author: commit.author, committer: committer,
                    message: commit.message)
            }
        }
        return tip == start ? .contained : .commit(tip, shape)
    }

    /// The member that a part does not merge with; `nil` when it does not even merge with the base.
    private func culprit(of part: Part, base: ObjectID, _ built: [Built]) async throws -> QueueMember? {
        if case .conflicts = try await add(part, to: base) { return nil }
        for earlier in built {
            if case .conflicts = try await add(part, to: earlier.commit) { return earlier.member }
        }
        return nil
    }
}

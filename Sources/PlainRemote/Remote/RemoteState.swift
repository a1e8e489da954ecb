package import GitValues
import Store

/// What one advertisement of a plain remote showed: its branches, patches, fences and receipts, all of one moment.
package struct RemoteState: Sendable {
    /// One patch as the remote has it.
    package struct Patch: Sendable {
        package var id: RecordID
        /// The tip of `refs/patches/<id>`.
        package var tip: ObjectID
        package var document: PatchDocument

        package init(id: RecordID, tip: ObjectID, document: PatchDocument) {
            self.id = id
            self.tip = tip
            self.document = document
        }
    }

    /// The fence of one target.
    package struct Fence: Sendable, Equatable {
        /// The tip of the epoch reference; `nil` before the first landing or stop.
        package var tip: ObjectID?
        package var counter: Int
        /// Set while nothing may land; a fence that cannot be read is a stop.
        package var stopped: EpochDocument.Stop?

        package init(tip: ObjectID?, counter: Int, stopped: EpochDocument.Stop?) {
            self.tip = tip
            self.counter = counter
            self.stopped = stopped
        }
    }

    /// How far the landings of one target were judged.
    package struct Watch: Sendable, Equatable {
        /// The tip of the watch reference; `nil` before the first judgement.
        package var tip: ObjectID?
        /// `nil` when nothing was judged yet, or when it cannot be read.
        package var document: WatchDocument?

        package init(tip: ObjectID?, document: WatchDocument?) {
            self.tip = tip
            self.document = document
        }
    }

    /// The remote this is about.
    package var remote: String
    /// `refs/heads`, `refs/patches` and `refs/automerge`.
    package var references: [ReferenceName: ObjectID]
    /// The patches that can be read, in no order.
    package var patches: [RecordID: Patch] = [:]
    /// Patch references that cannot be read, with the reason.
    package var unreadable: [RecordID: String] = [:]
    /// Fences by target; targets without one are not listed.
    package var fences: [String: Fence] = [:]
    /// Where the receipts of a target end.
    package var receipts: [String: ObjectID] = [:]
    /// How far the landings of a target were judged; targets without are not listed.
    package var watches: [String: Watch] = [:]

    /// The tip of a branch; `nil` when there is none.
    package func branch(_ name: String) -> ObjectID? { ReferenceName(branch: name).flatMap { references[$0] } }

    /// The fence of a target as landings see it: a stop of every target counts for each.
    package func fence(of target: String) -> Fence {
        var fence = ownFence(of: target)
        fence.stopped = fences[RemoteReferences.everyTarget]?.stopped ?? fence.stopped
        return fence
    }

    /// The fence of a target alone; one that was never written is open.
    package func ownFence(of target: String) -> Fence {
        fences[target] ?? Fence(tip: nil, counter: 0, stopped: nil)
    }

    /// Branches that are targets: of patches that may still land, with receipts, or with a fence of their own.
    package var targets: Set<String> {
        let open = patches.values.map(\.document).filter { !$0.isFinished }.map(\.target)
        return Set(open).union(fences.keys).union(receipts.keys).subtracting([RemoteReferences.everyTarget])
    }

    /// The state after a push of ours, without reading it again.
    package mutating func apply(_ updates: [RemoteUpdate]) {
        for update in updates {
            references[update.name] = update.new
            if let id = RemoteReferences.patchID(of: update.name), let tip = update.new { patches[id]?.tip = tip }
            if let target = RemoteReferences.target(ofReceipts: update.name) { receipts[target] = update.new }
            if let target = RemoteReferences.target(ofEpoch: update.name) {
                let counter = EpochDocument.number(after: ownFence(of: target).counter)
                fences[target] = Fence(tip: update.new, counter: counter, stopped: nil)
            }
        }
    }

    /// The patch that landed last from a branch; `nil` when none did.
    package func landedPatch(fromBranch name: String) -> Patch? {
        patches.values.filter { $0.document.branch == name && $0.document.state == .landed }
            .max { $0.document.changedAt < $1.document.changedAt }
    }

    /// The patch a user means, by any of its names.
    ///
    /// - Parameter finished: whether one that is finished is meant rather than an open one.
    package func patch(matching text: String, preferringFinished finished: Bool = false) throws(RemoteProblem) -> Patch
    {
        let ordered = patches.values.sorted { $0.document.changedAt > $1.document.changedAt }
        let found = ordered.matching(text, preferringFinished: finished)
        guard let patch = found.first else { throw .noSuchPatch(text) }
        guard found.count == 1 else { throw .ambiguousPatch(text, candidates: found.map(\.candidate)) }
        return patch
    }
}

extension RemoteState.Patch: NamedPatch {
    package var title: String { document.title }
    package var branch: String { document.branch }
    package var number: Int? { nil }
    package var url: String? { nil }
    package var standing: String { document.state == .queued ? "open" : document.state.rawValue }
    package var isFinished: Bool { document.isFinished }
}

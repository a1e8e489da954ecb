import GitProcess
import GitValues
package import Store

extension GroupDelivery {
    /// Writes the changes of all requests as one chain and pushes it once; what is in the chain already is done.
    func deliverChanges(_ requests: [RequestRecord], _ store: borrowing Store) async throws -> [Outcome] {
        guard let name = RemoteReferences.patch(group.patch) else {
            return requests.map { _ in .refused("no reference") }
        }
        var mustRead = try !isFresh(requests, store)
        let identity = try await remote.objects.committer()
        for _ in 0..<6 {
            let (tip, document, written) = mustRead ? try await current(requests) : (nil, nil, [])
            var chain = Chain(tip: tip, document: document)
            let outcomes = try await extend(&chain, with: requests, written: written, by: identity)
            guard chain.tip != tip, let newTip = chain.tip else {
                try follow(chain.document, in: store)
                return outcomes
            }
            FaultPoint.reached("deliver.record.push")
            let update = RemoteUpdate(name, from: tip, to: newTip)
            let answer = try await remote.connection.push([update], atomic: false, operation: group.patch)
            if answer.isComplete(for: [update]) {
                try await remote.remember([update])
                try follow(chain.document, in: store)
                return outcomes
            }
            if let outcome = ended(answer) ?? locked(answer, requests.last) {
                return outcomes.map { $0 == .done ? outcome : $0 }
            }
            if case .connection(let words)? = answer.failure {
                // The request may have arrived: the next try reads the chain and looks for our keys.
                return outcomes.map { $0 == .done ? .waiting(words, unreachable: false) : $0 }
            }
            mustRead = true
        }
        return requests.map { _ in .waiting("the record of the patch keeps moving", unreachable: false) }
    }

    /// A chain of documents that grows before it is pushed.
    private struct Chain {
        var tip: ObjectID?
        var document: PatchDocument?
    }

    /// Whether the remote cannot know the patch yet, so that nothing need be read before the first push.
    private func isFresh(_ requests: [RequestRecord], _ store: borrowing Store) throws(StoreError) -> Bool {
        guard requests.first?.kind == .open, requests.allSatisfy({ $0.attempts == 1 }) else { return false }
        let earlier = try store.requests(ofPatch: group.patch)
        return !earlier.contains { $0.kind == .open && $0.id != requests[0].id }
    }

    private func current(
        _ requests: [RequestRecord]
    ) async throws -> (tip: ObjectID?, document: PatchDocument?, written: Set<String>) {
        let state = try await remote.read(onlyPatch: group.patch, withCommits: false)
        if let words = state.unreadable[group.patch] {
            throw RemoteProblem.unreadable(reference: RemoteReferences.patches + group.patch.text, words: words)
        }
        guard let patch = state.patches[group.patch] else { return (nil, nil, []) }
        guard requests.contains(where: { $0.attempts > 1 }) else { return (patch.tip, patch.document, []) }
        let messages = try await remote.objects.chainMessages(from: patch.tip)
        let keys = messages.flatMap { CommitMessage.trailers(of: $0) }.filter { $0.key == Delivery.requestTrailer }
        return (patch.tip, patch.document, Set(keys.map(\.value)))
    }

    private func extend(
        _ chain: inout Chain, with requests: [RequestRecord], written: Set<String>, by identity: Identity
    ) async throws -> [Outcome] {
        var outcomes: [Outcome] = []
        for request in requests {
            if written.contains(request.idempotencyKey) {
                outcomes.append(.done)
                continue
            }
            switch try PatchChange.apply(request, to: chain.document, now: now) {
            case .nothing: outcomes.append(.done)
            case .refused(let words): outcomes.append(.refused(words))
            case .changed(var document):
                if request.kind == .open { document.fork = try await fork(of: document) }
                let message = PlainRemote.message(of: document, request: request.idempotencyKey)
                chain.tip = try await remote.objects.write(
                    DocumentCommit(
                        file: PatchDocument.fileName, document: document, parent: chain.tip, message: message),
                    by: identity)
                chain.document = document
                outcomes.append(.done)
            }
        }
        return outcomes
    }

    /// The newest commit of the patch's history that the target is known to have here.
    private func fork(of document: PatchDocument) async throws -> ObjectID? {
        let tracking = ReferenceName("refs/remotes/\(group.remote)/\(document.target)")
        let tips = [tracking, ReferenceName(branch: document.target).flatMap { remote.references.local($0) }]
        for case let name? in tips {
            guard let tip = try await remote.objects.localReference(name) else { continue }
            if let base = try await remote.objects.mergeBase(document.head, tip) { return base }
        }
        return document.fork
    }

    /// Lets the record of this repository follow what the remote says now.
    private func follow(_ document: PatchDocument?, in store: borrowing Store) throws(StoreError) {
        guard let document else { return }
        try Delivery.follow([document], in: store)
    }
}

extension Delivery {
    /// The trailer by which a state commit names the request it fulfils.
    static let requestTrailer = "Request"

    /// Brings the patches of this repository up to what the remote says of them; returns those that changed.
    @discardableResult
    package static func follow(
        _ documents: [PatchDocument], in store: borrowing Store
    ) throws(StoreError) -> [PatchRecord] {
        var changed: [PatchRecord] = []
        for document in documents {
            guard var record = try store.patch(document.id) else { continue }
            // What was taken back here stays so, even before the remote has been told.
            if record.state == .closed && !document.isFinished { continue }
            if record.state == .local && document.state != .landed { continue }
            // What was found in its target without the queue has landed, also when its branch goes and the record is closed;
            // until somebody asks for it once more.
            let isProven = record.state == .landed && document.landed == nil && document.head == record.commit
            if isProven && [.queued, .closed].contains(document.state) { continue }
            let state: PatchRecord.State =
                switch document.state {
                case .queued: .open
                case .armed: .armed
                case .landed: .landed
                case .ejected: .ejected
                case .closed: .closed
                }
            let target = document.stackOn == nil && record.stackedOn != nil ? document.target : record.target
            // A commit that landed another head of the patch says nothing of the one that is here.
            let landed = document.head == record.commit ? document.landed : nil
            guard record.state != state || record.landed != landed || record.target != target else { continue }
            if target != record.target { record.stackedOn = nil }
            record.target = target
            record.state = state
            record.landed = landed
            record.updated = .now()
            try store.save(record)
            if document.isFinished {
                try cancelWishes(ofPatch: record.id, reason: "the patch has \(state.rawValue)", in: store)
            }
            changed.append(record)
        }
        return changed
    }
}

extension PlainRemote {
    /// The message of the commit that brings a patch into a state.
    package static func message(of document: PatchDocument, request: String? = nil) -> String {
        let text = "\(document.state.rawValue): \(document.title)\n" + (document.reason.map { "\n\($0)\n" } ?? "")
        return CommitMessage.adding(trailers: request.map { [(Delivery.requestTrailer, $0)] } ?? [], to: text)
    }
}

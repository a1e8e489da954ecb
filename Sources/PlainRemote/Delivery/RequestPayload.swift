package import GitValues
package import Store

/// What the requests of this module carry in `RequestRecord.payload`.
package enum RequestPayload {
    /// `push`: a branch moves to a commit.
    struct Push: Codable, Hashable {
        var branch: String
        var commit: ObjectID
        /// Commits we may have pushed there before: the branch may be moved away from them without asking.
        var replaces: [ObjectID]
        /// Whether hooks of this repository are skipped.
        var skipsHooks: Bool
    }

    /// `open`: the patch becomes known, or its head moves.
    package struct Open: Codable, Hashable {
        package var document: PatchDocument
        /// What only a forge can do; absent for a patch whose head moves.
        package var forge: ForgeWishes?
    }

    /// `arm`: the patch may land by itself.
    package struct Arm: Codable, Hashable {
        package var options: QueueOptions
        package var at: Timestamp
    }

    /// `disarm` and `close`.
    package struct End: Codable, Hashable {
        package var reason: String?
        package var at: Timestamp
        /// The patch it landed as a part of; absent when it is taken back.
        package var whole: Whole?
    }

    /// A combined patch that landed, as whoever looks at one of its members needs it.
    package struct Whole: Codable, Hashable {
        package var id: RecordID
        package var title: String
        /// Where a forge shows it.
        package var url: String
        /// The head of the member that is in it.
        package var head: ObjectID
        /// Where it landed; absent in what an earlier version wrote: the target of the member.
        package var target: String?

        package init(id: RecordID, title: String, url: String, head: ObjectID, target: String?) {
            self.id = id
            self.title = title
            self.url = url
            self.head = head
            self.target = target
        }
    }

    /// `delete-branch`: a branch goes, if it still is where we left it.
    struct DeleteBranch: Codable, Hashable {
        var branch: String
        var expected: [ObjectID]
        /// Whether `refs/patches/<id>` goes with it: the patch was taken back, not landed.
        var withRecord = false
    }

    /// Returns a payload as the store keeps it.
    static func encode(_ payload: some Encodable) throws(StoreError) -> String {
        do {
            return try JSONText.encode(payload)
        } catch {
            throw StoreError(code: .failed, operation: "cannot queue the request", message: "\(error)")
        }
    }

    /// Why the payload of a request cannot be read; `nil` when it can.
    static func problem(of request: RequestRecord) -> String? {
        do throws(StoreError) {
            switch request.kind {
            case .push: _ = try decode(Push.self, of: request)
            case .open, .issue: _ = try decode(Open.self, of: request)
            case .arm: _ = try decode(Arm.self, of: request)
            case .disarm, .close, .comment: _ = try decode(End.self, of: request)
            case .deleteBranch: _ = try decode(DeleteBranch.self, of: request)
            case .merge: break
            }
            return nil
        } catch {
            return error.description
        }
    }

    /// Reads a payload; what another version wrote and this one cannot read is an error that names the request.
    package static func decode<Payload: Decodable>(
        _ type: Payload.Type, of request: RequestRecord
    ) throws(StoreError) -> Payload {
        do {
            return try JSONText.decode(type, from: request.payload)
        } catch {
            throw StoreError(
                code: .damaged, operation: "cannot read request \(request.id.short) (\(request.kind.rawValue))",
                message: "\(error)")
        }
    }
}

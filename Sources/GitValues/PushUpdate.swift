/// One line of a pre-push hook's standard input: what is about to happen to one reference of the remote.
///
/// Format of githooks(5): `<local ref> SP <local id> SP <remote ref> SP <remote id> LF`, parsed from the right because a
/// local ref may be any expression. Zeros of any length mean "no object".
package struct PushUpdate: Hashable, Sendable {
    /// What the user named on this side; `nil` for a deletion.
    package let localRef: String?
    /// The object that is pushed; `nil` for a deletion.
    package let localID: ObjectID?
    /// The reference on the remote.
    package let remoteRef: String
    /// What the remote has there now; `nil` when the reference is new.
    package let remoteID: ObjectID?

    /// Creates an update from its parts.
    package init(localRef: String?, localID: ObjectID?, remoteRef: String, remoteID: ObjectID?) {
        self.localRef = localRef
        self.localID = localID
        self.remoteRef = remoteRef
        self.remoteID = remoteID
    }

    /// Parses one line without its line feed; `nil` when it does not have the four fields.
    package init?(line: some StringProtocol) {
        let fields = line.split(separator: " ", omittingEmptySubsequences: false)
        guard fields.count >= 4 else { return nil }
        let remoteText = fields[fields.count - 1]
        let localText = fields[fields.count - 3]
        let local = fields[..<(fields.count - 3)].joined(separator: " ")
        guard let remoteID = PushUpdate.id(remoteText), let localID = PushUpdate.id(localText) else { return nil }
        self.init(
            localRef: localID.isPresent ? local : nil, localID: localID.value,
            remoteRef: String(fields[fields.count - 2]), remoteID: remoteID.value)
    }

    /// Parses the whole input; `nil` as soon as one line is malformed, so that nothing passes unread.
    package static func parse(_ text: String) -> [PushUpdate]? {
        var updates: [PushUpdate] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
            guard let update = PushUpdate(line: line) else { return nil }
            updates.append(update)
        }
        return updates
    }

    /// Whether the reference is deleted on the remote.
    package var isDeletion: Bool { localID == nil }

    private struct ParsedID {
        var value: ObjectID?
        var isPresent: Bool { value != nil }
    }

    private static func id(_ text: some StringProtocol) -> ParsedID? {
        if isZeroObjectID(text) { return ParsedID(value: nil) }
        guard let id = ObjectID(hex: text) else { return nil }
        return ParsedID(value: id)
    }
}

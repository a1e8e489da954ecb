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
    package init?(line: some StringProtocol) { self.init(line: Array(line.utf8)[...]) }

    /// Parses the bytes of one line. Bytes, because the hook helper must be quick and a name need not be UTF-8.
    private init?(line: ArraySlice<UInt8>) {
        let space = UInt8(ascii: " ")
        var rest = line
        func takeLast() -> ArraySlice<UInt8>? {
            guard let index = rest.lastIndex(of: space) else { return nil }
            let word = rest[(index + 1)...]
            rest = rest[..<index]
            return word
        }
        guard let remoteText = takeLast(), let remoteRef = takeLast(), let localText = takeLast(),
            let remoteID = PushUpdate.id(remoteText), let localID = PushUpdate.id(localText)
        else { return nil }
        self.init(
            localRef: localID.isPresent ? String(decoding: rest, as: UTF8.self) : nil, localID: localID.value,
            remoteRef: String(decoding: remoteRef, as: UTF8.self), remoteID: remoteID.value)
    }

    /// Parses the whole input; `nil` as soon as one line is malformed, so that nothing passes unread.
    package static func parse(_ text: String) -> [PushUpdate]? { parse(Array(text.utf8)) }

    /// As `parse(_:)`, from bytes.
    package static func parse(_ bytes: [UInt8]) -> [PushUpdate]? {
        var updates: [PushUpdate] = []
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) {
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

    private static func id(_ text: ArraySlice<UInt8>) -> ParsedID? {
        if !text.isEmpty, text.allSatisfy({ $0 == UInt8(ascii: "0") }) { return ParsedID(value: nil) }
        guard let id = ObjectID(hexDigits: text) else { return nil }
        return ParsedID(value: id)
    }
}

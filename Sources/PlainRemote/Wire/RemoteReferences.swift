package import GitValues

/// The names of the references that the suite keeps on a plain remote.
package enum RemoteReferences {
    /// Where the patches are.
    package static let patches = "refs/patches/"
    /// Where the fences and receipts are.
    package static let automerge = "refs/automerge/"

    /// Stands for every target in the name of a fence; git lets no branch be called so.
    package static let everyTarget = "-"

    /// The state of a patch.
    package static func patch(_ id: RecordID) -> ReferenceName? { ReferenceName(patches + id.text) }

    /// The fence of a target.
    package static func epoch(_ target: String) -> ReferenceName? { ReferenceName("\(automerge)\(target)/epoch") }

    /// The receipts of a target.
    package static func receipts(_ target: String) -> ReferenceName? { ReferenceName("\(automerge)\(target)/receipts") }

    /// How far the landings of a target were judged.
    package static func watch(_ target: String) -> ReferenceName? { ReferenceName("\(automerge)\(target)/watch") }

    /// The patch a reference is about; `nil` for other references.
    package static func patchID(of name: ReferenceName) -> RecordID? {
        name.text.hasPrefix(patches) ? RecordID(name.text.dropFirst(patches.count)) : nil
    }

    /// The target whose fence a reference is; `nil` for other references.
    package static func target(ofEpoch name: ReferenceName) -> String? { target(of: name, suffix: "/epoch") }

    /// The target whose receipts a reference is; `nil` for other references.
    package static func target(ofReceipts name: ReferenceName) -> String? { target(of: name, suffix: "/receipts") }

    /// The target whose landings a reference tells of; `nil` for other references.
    package static func target(ofWatch name: ReferenceName) -> String? { target(of: name, suffix: "/watch") }

    /// Whether a reference is one that the suite keeps.
    package static func isOurs(_ name: ReferenceName) -> Bool {
        patchID(of: name) != nil || target(ofEpoch: name) != nil || target(ofReceipts: name) != nil
            || target(ofWatch: name) != nil
    }

    private static func target(of name: ReferenceName, suffix: String) -> String? {
        guard name.text.hasPrefix(automerge), name.text.hasSuffix(suffix),
            name.text.utf8.count > automerge.utf8.count + suffix.utf8.count
        else { return nil }
        return String(name.text.dropFirst(automerge.count).dropLast(suffix.count))
    }
}

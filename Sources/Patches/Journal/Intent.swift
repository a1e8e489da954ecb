package import GitValues
package import Store

/// What one operation will do, complete: old and new value of everything it touches.
///
/// It is on disk before the first effect. Whoever finds the operation unfinished completes it or takes it back from
/// this record alone, and `undo` is nothing but the same record read backwards.
package struct Intent: Sendable, Codable, Equatable {
    /// The format of this record.
    package var version = 1
    /// What the operation does to references, HEAD included; the reference that holds its objects comes first.
    package var references: [ReferenceStep]
    /// What it does to the index; absent when it leaves the index alone.
    package var index: IndexStep?
    /// What it does to files of the working tree; empty unless the command's job is to write files.
    package var files: [FileStep] = []
    /// What it does to the records of patches.
    package var patches: [PatchStep] = []
    /// The remote effects it queues when it is done.
    package var deliveries: [DeliveryStep] = []
    /// What it does to the hooks of the repository.
    package var hooks: HooksStep?
    /// The operation this one takes back.
    package var undoes: RecordID?
    /// The operation that becomes undoable again, when this one takes back an undo.
    package var revives: RecordID?
    /// The worktree it runs in; the paths of `files` are relative to it.
    package var worktree: String
    /// Where HEAD is before and after; unknown where it was not recorded. The index and the files go with it.
    package var before: HeadPlace?
    package var after: HeadPlace?
    /// The reflog message of every reference.
    package var message: String
    /// Who the reflogs name.
    package var identity: Identity

    package init(references: [ReferenceStep], worktree: String, message: String, identity: Identity) {
        self.references = references
        self.worktree = worktree
        self.message = message
        self.identity = identity
    }
}

/// One reference with its value before and after.
package struct ReferenceStep: Sendable, Codable, Equatable {
    package var name: ReferenceName
    package var old: RecordedReference
    package var new: RecordedReference

    package init(_ name: ReferenceName, from old: RecordedReference, to new: RecordedReference) {
        self.name = name
        self.old = old
        self.new = new
    }

    /// The same step taken back.
    var reversed: ReferenceStep { ReferenceStep(name, from: new, to: old) }
}

extension ReferenceName {
    /// The reference that keeps the objects of an operation: `refs/gitpatch/ops/<id>`.
    static func holder(of operation: RecordID) -> ReferenceName {
        ReferenceName("refs/gitpatch/ops/\(operation)") ?? .head  // Hexadecimal digits are always a valid name.
    }
}

/// What a reference held or shall hold.
package enum RecordedReference: Sendable, Codable, Equatable {
    case absent
    case object(ObjectID)
    case symbolic(ReferenceName)
}

/// A branch, if HEAD is on one, and the commit it is at, if there is one.
package struct HeadPlace: Sendable, Codable, Equatable {
    package var branch: ReferenceName?
    package var commit: ObjectID?

    /// What messages call it.
    var label: String { branch.map { $0.branch ?? $0.text } ?? "HEAD" }
}

/// The index with its identity before and after; its bytes lie in the operation's folder.
package struct IndexStep: Sendable, Codable, Equatable {
    /// The path of the index.
    package var path: String
    /// Absent when there was no index.
    package var before: FileIdentity?
    /// Absent when the operation removes the index.
    package var after: FileIdentity?
    /// The tree the new index stands for: what `undo` compares with to find work staged since.
    package var tree: ObjectID?
}

/// One file of the working tree, replaced or removed; contents lie in the operation's folder under its number.
package struct FileStep: Sendable, Codable, Equatable {
    /// The number of the file in the folders `before` and `after`.
    package var number: Int
    /// The path relative to the top of the worktree.
    package var path: [UInt8]
    /// Absent when nothing was there.
    package var before: FileIdentity?
    /// Absent when the operation removes the file.
    package var after: FileIdentity?

    private enum CodingKeys: String, CodingKey { case number, path, before, after }

    package init(number: Int, path: [UInt8], before: FileIdentity?, after: FileIdentity?) {
        self.number = number
        self.path = path
        self.before = before
        self.after = after
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        number = try values.decode(Int.self, forKey: .number)
        path = bytes(ofHex: try values.decode(String.self, forKey: .path))
        before = try values.decodeIfPresent(FileIdentity.self, forKey: .before)
        after = try values.decodeIfPresent(FileIdentity.self, forKey: .after)
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(number, forKey: .number)
        try values.encode(hexText(path), forKey: .path)  // Names need not be UTF-8, JSON must be.
        try values.encodeIfPresent(before, forKey: .before)
        try values.encodeIfPresent(after, forKey: .after)
    }
}

/// A change of the repository's hooks; done twice it is done once.
package struct HooksStep: Sendable, Codable, Equatable {
    package enum Kind: String, Sendable, Codable { case install, uninstall }

    package var kind: Kind
    /// How the program was called, to find the helper beside it.
    package var program: String

    /// The same change taken back.
    var reversed: HooksStep { HooksStep(kind: kind == .install ? .uninstall : .install, program: program) }
}

/// A patch's record before and after; absent means there is none.
package struct PatchStep: Sendable, Codable, Equatable {
    package var before: PatchRecord?
    package var after: PatchRecord?

    package init(from before: PatchRecord?, to after: PatchRecord?) {
        self.before = before
        self.after = after
    }
}

private func bytes(ofHex text: String) -> [UInt8] {
    let digits = text.utf8.compactMap { UInt8(exactly: Character(UnicodeScalar($0)).hexDigitValue ?? 0) }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// An index file (versions 2, 3 and 4), read whole and checked for structure; gitformat-index(5) is the source.
///
/// Entries are numbers into tables; nothing is allocated per entry.
struct IndexFile: Sendable {
    /// The file's bytes.
    let bytes: [UInt8]
    /// 2, 3 or 4; 0 for an index that is not there.
    let version: Int
    /// Where the fixed part of each entry begins in `bytes`.
    let starts: [UInt32]
    /// All paths: `bytes` itself, or in version 4 the paths made whole, each ended by a zero byte.
    let paths: [UInt8]
    /// Where each entry's path begins in `paths`; a zero byte follows its end.
    let pathStarts: [UInt32]
    /// The length of each path.
    let pathLengths: [UInt32]
    let extensions: [IndexExtension]
    /// What the entries have that needs care.
    let traits: IndexTraits
    /// The file the index was read from; `nil` when there was none.
    let identity: FileIdentity?

    /// An index that is not there.
    static let absent = IndexFile(
        bytes: [], version: 0, starts: [], paths: [], pathStarts: [], pathLengths: [], extensions: [],
        traits: IndexTraits(), identity: nil)

    /// The number of entries.
    var count: Int { starts.count }

    /// The path of an entry.
    func path(_ entry: Int) -> [UInt8] {
        let start = Int(pathStarts[entry])
        return Array(paths[start..<(start + Int(pathLengths[entry]))])
    }

    /// The blob of an entry.
    func digest(_ entry: Int) -> Digest { withEntry(entry) { $0.digest } }

    /// The mode of an entry, such as octal 100644.
    func mode(_ entry: Int) -> UInt32 { withEntry(entry) { $0.mode } }

    /// Gives access to the fixed part of an entry.
    func withEntry<Result>(_ entry: Int, _ body: (IndexEntry) -> Result) -> Result {
        bytes.withUnsafeBytes { body(IndexEntry(base: $0, offset: Int(starts[entry]))) }
    }

    /// The extension with a signature; `nil` when the index has none.
    func extensionBytes(_ signature: String) -> Range<Int>? {
        extensions.first { $0.signature == signature }?.range
    }

    /// The first entry in a range whose path is not before another path.
    func lowerBound(_ path: [UInt8], in range: Range<Int>) -> Int {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = (low + high) / 2
            if compare(middle, path) < 0 { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The entry of a path; `nil` when it has none.
    func find(_ path: [UInt8]) -> Int? {
        let entry = lowerBound(path, in: 0..<count)
        return entry < count && compare(entry, path) == 0 ? entry : nil
    }

    /// The order of an entry's path and another path, as the index has it: bytes, then length.
    private func compare(_ entry: Int, _ path: [UInt8]) -> Int {
        paths.withUnsafeBytes { all in
            path.withUnsafeBytes { other in
                let start = Int(pathStarts[entry])
                let own = UnsafeRawBufferPointer(rebasing: all[start..<(start + Int(pathLengths[entry]))])
                return compareBytes(own, other)
            }
        }
    }
}

/// One extension of an index.
struct IndexExtension: Hashable, Sendable {
    /// Four letters; an upper-case first one marks an extension that may be skipped.
    let signature: String
    /// Where its data are in the file.
    let range: Range<Int>
}

/// What the entries of an index have that needs care.
struct IndexTraits: Sendable {
    /// Entries of unmerged paths.
    var unmerged: [Int] = []
    var hasSubmodules = false
    var hasAssumeUnchanged = false
    var hasSkipWorktree = false
    var hasIntentToAdd = false
    var hasSparseDirectories = false
}

/// The fixed part of an entry.
struct IndexEntry {
    /// The length of the fixed part without extended flags.
    static let fixedSize = 62

    let base: UnsafeRawBufferPointer
    let offset: Int

    var changedSeconds: UInt32 { word(0) }
    var changedNanoseconds: UInt32 { word(4) }
    var modifiedSeconds: UInt32 { word(8) }
    var modifiedNanoseconds: UInt32 { word(12) }
    var inode: UInt32 { word(20) }
    var mode: UInt32 { word(24) }
    var user: UInt32 { word(28) }
    var group: UInt32 { word(32) }
    var size: UInt32 { word(36) }
    var digest: Digest { base.baseAddress.map { Digest($0 + offset + 40) } ?? .emptyBlob }
    var flags: UInt16 { UInt16(bigEndian: base.loadUnaligned(fromByteOffset: offset + 60, as: UInt16.self)) }
    var extendedFlags: UInt16 {
        flags & IndexFlags.extended == 0
            ? 0 : UInt16(bigEndian: base.loadUnaligned(fromByteOffset: offset + 62, as: UInt16.self))
    }

    /// Whether git does not compare the file with the entry: assume-unchanged or skip-worktree.
    var isLeftAlone: Bool {
        flags & IndexFlags.assumeUnchanged != 0 || extendedFlags & IndexFlags.skipWorktree != 0
    }

    private func word(_ at: Int) -> UInt32 {
        UInt32(bigEndian: base.loadUnaligned(fromByteOffset: offset + at, as: UInt32.self))
    }
}

/// Bits of an entry's flags.
enum IndexFlags {
    static let assumeUnchanged: UInt16 = 0x8000
    static let extended: UInt16 = 0x4000
    static let stage: UInt16 = 0x3000
    static let length: UInt16 = 0x0FFF
    /// In the extended flags.
    static let skipWorktree: UInt16 = 0x4000
    /// In the extended flags.
    static let intentToAdd: UInt16 = 0x2000
}

/// The order of two byte strings: bytes, then length; negative, zero or positive.
func compareBytes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
    let common = min(left.count, right.count)
    if common > 0, let first = left.baseAddress, let second = right.baseAddress {
        let order = memoryOrder(first, second, common)
        if order != 0 { return Int(order) }
    }
    return left.count - right.count
}

/// Whether a path comes before another in an index.
func comesBefore(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.withUnsafeBytes { left in right.withUnsafeBytes { compareBytes(left, $0) < 0 } }
}

import CSHA1
import GitValues

/// The name of an object under SHA-1, held in place: the form of `ObjectID` for the many.
struct Digest: Hashable, Sendable, Comparable {
    private let high: UInt64
    private let middle: UInt64
    private let low: UInt32

    /// The number of bytes.
    static let size = 20

    /// Reads twenty bytes.
    init(_ bytes: UnsafeRawPointer) {
        high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        middle = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        low = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
    }

    /// Reads twenty bytes; `nil` when there are fewer.
    init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count >= Digest.size else { return nil }
        self = Array(bytes.prefix(Digest.size)).withUnsafeBytes { buffer in
            // The buffer has twenty bytes, so it has a base address.
            buffer.baseAddress.map { Digest($0) } ?? Digest.emptyBlob
        }
    }

    /// The digest form of an id; `nil` for one of another hash function.
    init?(_ id: ObjectID) {
        guard id.bytes.count == Digest.size else { return nil }
        self.init(id.bytes)
    }

    private init(high: UInt64, middle: UInt64, low: UInt32) {
        self.high = high
        self.middle = middle
        self.low = low
    }

    /// The blob of no bytes.
    static let emptyBlob = Digest(high: 0xe69d_e29b_b2d1_d643, middle: 0x4b8b_29ae_775a_d8c2, low: 0xe48c_5391)
    /// The tree of no entries.
    static let emptyTree = Digest(high: 0x4b82_5dc6_42cb_6eb9, middle: 0xa060_e54b_f8d6_9288, low: 0xfbee_4904)

    /// The twenty bytes.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Digest.size)
        append(to: &bytes)
        return bytes
    }

    /// Appends the twenty bytes.
    func append(to bytes: inout [UInt8]) {
        withUnsafeBytes(of: high.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: middle.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: low.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// The first byte: the name of the folder a loose object lies in, and the place in a fan-out table.
    var firstByte: Int { Int(high >> 56) }

    /// The first four bytes as a number: digests are spread evenly over it.
    var position: UInt32 { UInt32(high >> 32) }

    /// The lower-case hexadecimal form.
    var hex: String { hexText(bytes) }

    /// The id; `nil` only for twenty zeros.
    var objectID: ObjectID? { ObjectID(bytes: bytes) }

    static func < (left: Digest, right: Digest) -> Bool {
        (left.high, left.middle, left.low) < (right.high, right.middle, right.low)
    }
}

/// A running SHA-1.
struct SHA1: Sendable {
    private var context = gitpatch_sha1()

    /// Starts with nothing.
    init() { gitpatch_sha1_init(&context) }

    /// Starts with the header that git puts before an object's content.
    init(_ type: ObjectType, size: Int) {
        self.init()
        update(type.header(size: size))
    }

    /// Takes in bytes.
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        if let base = bytes.baseAddress { gitpatch_sha1_update(&context, base, bytes.count) }
    }

    /// Takes in bytes.
    mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    /// The digest of all that was taken in; the hash itself goes on.
    func digest() -> Digest {
        var copy = context
        return withUnsafeTemporaryAllocation(byteCount: Digest.size, alignment: 8) { buffer in
            buffer.withMemoryRebound(to: UInt8.self) { gitpatch_sha1_final(&copy, $0.baseAddress) }
            return buffer.baseAddress.map { Digest(UnsafeRawPointer($0)) } ?? .emptyBlob
        }
    }
}

/// The kinds of objects, with their numbers in packs.
enum ObjectType: UInt8, Sendable {
    case commit = 1
    case tree = 2
    case blob = 3
    case tag = 4

    /// The word in an object's header.
    var word: String {
        switch self {
        case .commit: "commit"
        case .tree: "tree"
        case .blob: "blob"
        case .tag: "tag"
        }
    }

    /// The kind a header's word names.
    init?(word: some StringProtocol) {
        switch word {
        case "commit": self = .commit
        case "tree": self = .tree
        case "blob": self = .blob
        case "tag": self = .tag
        default: return nil
        }
    }

    /// `blob 12` and a zero byte.
    func header(size: Int) -> [UInt8] { Array("\(word) \(size)".utf8) + [0] }

    /// The name of an object.
    func digest(of content: UnsafeRawBufferPointer) -> Digest {
        var hash = SHA1(self, size: content.count)
        hash.update(content)
        return hash.digest()
    }

    /// The name of an object.
    func digest(of content: [UInt8]) -> Digest { content.withUnsafeBytes { digest(of: $0) } }
}

import GitValues
import Testing

@testable import Validation

/// What is sent to a shared cache, down to the bytes.
struct ActionResultTests {
    private var sample: ActionResult {
        var result = ActionResult()
        result.files = ["record.sig": BlobDigest(of: [1, 2, 3]), "record.json": BlobDigest(of: Array("{}".utf8))]
        result.output = BlobDigest(of: Array("log\n".utf8))
        result.errorOutput = BlobDigest(of: [])
        result.started = Timestamp(milliseconds: 1_700_000_000_123)
        result.completed = Timestamp(milliseconds: 1_700_000_002_000)
        return result
    }

    @Test func decodingAndEncodingAgainChangesNoByte() throws {
        let bytes = sample.message
        let read = try ActionResult(message: bytes)
        #expect(read == sample)
        #expect(read.message == bytes)
    }

    /// As another encoder of the schema writes it: fields in the order of their numbers, defaults left out.
    @Test func theBytesAreThoseOfTheSchema() {
        var result = ActionResult()
        result.worker = "w"
        result.exitCode = 3
        result.output = BlobDigest(of: [])
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        // exit_code (4): 3; stdout_digest (6): Digest { hash (1) }; execution_metadata (9): { worker (1) }.
        #expect(
            result.message == [0x20, 3, 0x32, 66, 0x0A, 64] + Array(empty.utf8) + [0x4A, 3, 0x0A, 1, UInt8(ascii: "w")])
    }

    @Test func fieldsOfOthersAreSkipped() throws {
        var writer = ProtobufWriter()
        writer.text(3, "output directory")
        writer.number(12, 77)
        let bytes = writer.bytes + [0x8D, 0x01, 1, 2, 3, 4] + sample.message
        #expect(try ActionResult(message: bytes) == sample)
    }

    @Test func damagedBytesAreNoResult() {
        let bytes = sample.message
        for length in 1..<bytes.count {
            // A message cut at the end of a field is a message; it lacks the files, and so is a miss.
            if let read = try? ActionResult(message: Array(bytes[..<length])) { #expect(read != sample) }
        }
        var random = SplitMix(state: 7)
        for _ in 0..<2000 {
            var bytes = bytes
            bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            _ = try? ActionResult(message: bytes)  // Whatever it makes of it, it comes back.
        }
        #expect(throws: ProtobufReader.Damage.self) { try ActionResult(message: [0x32, 0xFF]) }
        #expect(throws: ProtobufReader.Damage.self) { try BlobDigest(message: [0x0A, 1, 0x61][...]) }
    }

    /// Test cases 1, 2 and 6 of RFC 4231, as far as keys of at least 16 bytes are taken.
    @Test func signaturesAreHMAC() throws {
        func hex(_ key: [UInt8], _ text: String) throws -> String {
            let key = try #require(SigningKey(key))
            return String(key.signature(of: Array(text.utf8)).suffix(64))
        }
        #expect(
            try hex([UInt8](repeating: 0x0B, count: 20), "Hi There")
                == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        #expect(
            try hex(
                [UInt8](repeating: 0xAA, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First")
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
        let key = try #require(SigningKey(Array("a secret of many letters\n".utf8)))
        let other = try #require(SigningKey(Array("another secret of many letters".utf8)))
        let signature = Array(key.signature(of: [1, 2]).utf8)
        #expect(key.accepts(signature, of: [1, 2]))
        #expect(!key.accepts(signature, of: [1, 3]) && !other.accepts(signature, of: [1, 2]))
        #expect(!key.accepts(Array(signature.dropLast()), of: [1, 2]) && SigningKey(Array("short".utf8)) == nil)
    }
}

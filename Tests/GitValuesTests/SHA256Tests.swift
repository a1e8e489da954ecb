import GitValues
import SuiteTestSupport
import Testing

struct SHA256Tests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func standardVectors(_ text: String, _ digest: String) {
        #expect(SHA256.hex(Array(text.utf8)) == digest)
    }

    @Test func agreesWithGitAroundBlockBoundaries() async throws {
        try await TestRepository.with(initArguments: ["--object-format=sha256"]) { repository in
            for length in [0, 1, 46, 47, 48, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000, 100_000] {
                let content = (0..<length).map { "abcdefghijklmnopqrstuvwxyz"[$0 % 26] }.joined()
                let expected = try await repository.git(["hash-object", "--stdin"], input: content)
                #expect(SHA256.hex(Array("blob \(length)\0\(content)".utf8)) == expected, "length \(length)")
            }
        }
    }

    @Test func piecesGiveTheSameDigestAsTheWhole() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        var digest = SHA256()
        for start in stride(from: 0, to: 1000, by: 37) { digest.update(bytes[start..<min(start + 37, 1000)]) }
        #expect(hexText(digest.finished()) == SHA256.hex(bytes))
    }
}

extension String {
    fileprivate subscript(offset: Int) -> String { String(self[index(startIndex, offsetBy: offset)]) }
}

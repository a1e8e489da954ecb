import GitValues

/// HMAC-SHA-256 (RFC 2104) with a secret that the machines share which trust each other's verdicts.
struct SigningKey: Sendable {
    private let inner: [UInt8]
    private let outer: [UInt8]
    /// Names the secret without telling it.
    let name: String

    /// Takes the secret; `nil` when it is too short to be one.
    init?(_ secret: [UInt8]) {
        var trimmed = secret[...]
        while let last = trimmed.last, last == 10 || last == 13 || last == 32 { trimmed.removeLast() }
        guard trimmed.count >= 16 else { return nil }
        var block = trimmed.count > 64 ? SigningKey.digest([], Array(trimmed)) : Array(trimmed)
        block += [UInt8](repeating: 0, count: 64 - block.count)
        inner = block.map { $0 ^ 0x36 }
        outer = block.map { $0 ^ 0x5C }
        name = String(SHA256.hex(Array("git-patch key name\n".utf8) + Array(trimmed)).prefix(16))
    }

    /// `<name of the secret> <64 hexadecimal digits>`.
    func signature(of bytes: [UInt8]) -> String {
        let code = SigningKey.digest(outer, SigningKey.digest(inner, bytes))
        return name + " " + code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Whether a signature was made with this secret; compared in a time that tells nothing.
    func accepts(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
        let right = Array(self.signature(of: bytes).utf8)
        guard signature.count == right.count else { return false }
        return zip(signature, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func digest(_ start: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.update(start)
        hash.update(bytes)
        return hash.finished()
    }
}

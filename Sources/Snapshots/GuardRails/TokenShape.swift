/// The shape of a secret that can be told from its text.
///
/// Sources: the issuers' own pages on secret scanning prefixes (GitHub, GitLab, AWS, Slack, Stripe, Google, npm, PyPI,
/// OpenAI, Anthropic, SendGrid, DigitalOcean, Hugging Face); RFC 7468 for keys.
struct TokenShape: Sendable {
    let prefix: [UInt8]
    let kind: String
    /// Which bytes may follow, and how many must.
    let alphabet: Alphabet
    let least: Int

    enum Alphabet: Sendable { case upper, alphanumeric, word, hexadecimal }

    private init(_ prefix: String, _ kind: String, _ alphabet: Alphabet, _ least: Int) {
        self.prefix = Array(prefix.utf8)
        self.kind = kind
        self.alphabet = alphabet
        self.least = least
    }

    private static let all: [TokenShape] = [
        .init("AKIA", "AWS key", .upper, 16), .init("ASIA", "AWS key", .upper, 16),
        .init("ghp_", "GitHub token", .alphanumeric, 36), .init("gho_", "GitHub token", .alphanumeric, 36),
        .init("ghu_", "GitHub token", .alphanumeric, 36), .init("ghs_", "GitHub token", .alphanumeric, 36),
        .init("ghr_", "GitHub token", .alphanumeric, 36), .init("github_pat_", "GitHub token", .word, 22),
        .init("glpat-", "GitLab token", .word, 20), .init("xoxb-", "Slack token", .word, 10),
        .init("xoxp-", "Slack token", .word, 10), .init("xoxa-", "Slack token", .word, 10),
        .init("xoxr-", "Slack token", .word, 10), .init("xoxs-", "Slack token", .word, 10),
        .init("sk_live_", "Stripe key", .alphanumeric, 16), .init("rk_live_", "Stripe key", .alphanumeric, 16),
        .init("AIza", "Google key", .word, 35), .init("npm_", "npm token", .alphanumeric, 36),
        .init("pypi-AgE", "PyPI token", .word, 30), .init("sk-proj-", "OpenAI key", .word, 40),
        .init("sk-ant-", "Anthropic key", .word, 40), .init("dop_v1_", "DigitalOcean token", .hexadecimal, 64),
        .init("hf_", "Hugging Face token", .alphanumeric, 34), .init("SG.", "SendGrid key", .word, 22),
    ]

    private static let byFirst: [[TokenShape]] = {
        var table = [[TokenShape]](repeating: [], count: 256)
        for shape in all { table[Int(shape.prefix[0])].append(shape) }
        return table
    }()

    /// Which bytes a shape begins with, the dash of key blocks included.
    static let firstBytes: [Bool] = {
        var table = [Bool](repeating: false, count: 256)
        for shape in all { table[Int(shape.prefix[0])] = true }
        table[Int(UInt8(ascii: "-"))] = true
        return table
    }()

    /// The kind of secret that begins at a position; `nil` when none does.
    static func match(_ bytes: UnsafeRawBufferPointer, at position: Int) -> String? {
        if bytes[position] == UInt8(ascii: "-") { return keyBlock(bytes, at: position) ? "private key" : nil }
        for shape in byFirst[Int(bytes[position])] where shape.matches(bytes, at: position) { return shape.kind }
        return nil
    }

    private func matches(_ bytes: UnsafeRawBufferPointer, at position: Int) -> Bool {
        guard position + prefix.count + least <= bytes.count else { return false }
        guard bytes[position + 1] == prefix[1] else { return false }
        for index in prefix.indices where bytes[position + index] != prefix[index] { return false }
        if position > 0, isWord(bytes[position - 1]) { return false }
        let start = position + prefix.count
        for index in start..<(start + least) where !alphabet.contains(bytes[index]) { return false }
        return true
    }

    /// `-----BEGIN … PRIVATE KEY-----` with base64 text after it, on the next line or after an escaped line feed.
    private static func keyBlock(_ bytes: UnsafeRawBufferPointer, at position: Int) -> Bool {
        let begin = Array("-----BEGIN ".utf8)
        guard has(begin, in: bytes, at: position) else { return false }
        let end = min(bytes.count, position + 80)
        var index = position + begin.count
        while index < end, bytes[index] != UInt8(ascii: "-") {
            guard bytes[index] == 0x20 || Alphabet.upper.contains(bytes[index]) else { return false }
            index += 1
        }
        let label = bytes[(position + begin.count)..<index]
        let ending = ["PRIVATE KEY", "PRIVATE KEY BLOCK"].contains {
            label.suffix($0.utf8.count).elementsEqual($0.utf8)
        }
        guard ending, has(Array("-----".utf8), in: bytes, at: index) else { return false }
        index += 5
        if has(Array(#"\n"#.utf8), in: bytes, at: index) { index += 2 }
        while index < bytes.count, bytes[index] == 0x0A || bytes[index] == 0x0D || bytes[index] == 0x20 { index += 1 }
        let body = bytes[index...].prefix(8)
        return body.count == 8
            && body.allSatisfy { Alphabet.word.contains($0) || $0 == 0x2B || $0 == 0x2F || $0 == 0x3D }
    }

    private static func has(_ text: [UInt8], in bytes: UnsafeRawBufferPointer, at position: Int) -> Bool {
        guard position + text.count <= bytes.count else { return false }
        for index in text.indices where bytes[position + index] != text[index] { return false }
        return true
    }
}

private func isWord(_ byte: UInt8) -> Bool {
    TokenShape.Alphabet.alphanumeric.contains(byte) || byte == UInt8(ascii: "_")
}

extension TokenShape.Alphabet {
    func contains(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "A")...UInt8(ascii: "F"): true
        case UInt8(ascii: "G")...UInt8(ascii: "Z"): self != .hexadecimal
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self != .upper
        case UInt8(ascii: "g")...UInt8(ascii: "z"): self == .alphanumeric || self == .word
        case UInt8(ascii: "_"), UInt8(ascii: "-"): self == .word
        default: false
        }
    }
}

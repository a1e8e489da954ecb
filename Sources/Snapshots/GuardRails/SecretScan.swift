/// Looks for likely secrets in the content of files: private keys, tokens of well-known shape, filled `.env` files.
///
/// A finding names the kind of secret and never quotes it.
enum SecretScan {
    /// How much of a file is looked at; secrets stand in small files or near their beginning.
    static let reach = 1 << 20

    /// What a file seems to hold; `nil` when nothing is suspicious.
    static func finding(path: [UInt8], content: [UInt8]) -> String? {
        let name = path.split(separator: UInt8(ascii: "/")).last.map(Array.init) ?? path
        if let found = environmentFile(name: name, content: content) { return found }
        if let found = credentialFile(name: name, content: content) { return found }
        return content.withUnsafeBytes { scan(UnsafeRawBufferPointer(rebasing: $0.prefix(reach))) }
    }

    /// Looks for keys and tokens in bytes.
    ///
    /// One pass: a table of the two bytes every shape begins with decides where a shape is tried.
    static func scan(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard bytes.count >= 16 else { return nil }
        return TokenShape.firstBytes.withUnsafeBufferPointer { first -> String? in
            var position = 0
            let last = bytes.count - 8
            while position < last {
                if first[Int(bytes[position])], let kind = TokenShape.match(bytes, at: position) { return kind }
                position += 1
            }
            return nil
        }
    }

    /// `.env` and its variants hold secrets once a variable has a value; samples and templates are meant to be shared.
    private static func environmentFile(name: [UInt8], content: [UInt8]) -> String? {
        let text = String(decoding: name, as: UTF8.self)
        guard text == ".env" || text.hasPrefix(".env.") else { return nil }
        let shared = ["example", "sample", "template", "dist", "defaults", "schema"]
        if text.split(separator: ".").dropFirst().contains(where: { shared.contains(String($0)) }) { return nil }
        for line in content.prefix(reach).split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            let line = String(decoding: line, as: UTF8.self).trimmed
            guard !line.hasPrefix("#"), let sign = line.firstIndex(of: "=") else { continue }
            let value = String(line[line.index(after: sign)...]).trimmed
            if !value.isEmpty && value != "\"\"" && value != "''" && !value.hasPrefix("#") {
                return "variables with values"
            }
        }
        return nil
    }

    private static func credentialFile(name: [UInt8], content: [UInt8]) -> String? {
        let text = String(decoding: name, as: UTF8.self)
        if content.isEmpty { return nil }
        switch text {
        case ".git-credentials", ".netrc", "_netrc", ".pgpass": return "credentials"
        default: return text.hasSuffix(".p12") || text.hasSuffix(".pfx") ? "key store" : nil
        }
    }
}

extension String {
    /// Without blanks and tabs around it.
    var trimmed: String {
        var slice = self[...]
        while let first = slice.first, first == " " || first == "\t" { slice.removeFirst() }
        while let last = slice.last, last == " " || last == "\t" { slice.removeLast() }
        return String(slice)
    }
}

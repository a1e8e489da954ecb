/// Looks for likely secrets in the content of files: private keys, tokens of well-known shape, filled `.env` files.
///
/// A finding names the kind of secret and never quotes it.
enum SecretScan {
    /// How much of a file is looked at; secrets stand in small files or near their beginning.
    static let reach = 1 << 20

    /// What a file seems to hold; `nil` when nothing is suspicious.
    static func finding(path: [UInt8], content: UnsafeRawBufferPointer) -> String? {
        if content.isEmpty { return nil }
        let start = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        let content = UnsafeRawBufferPointer(rebasing: content.prefix(reach))
        return byName(path[start...], content) ?? scan(content)
    }

    /// What a file seems to hold; `nil` when nothing is suspicious.
    static func finding(path: [UInt8], content: [UInt8]) -> String? {
        content.withUnsafeBytes { finding(path: path, content: $0) }
    }

    /// Files whose names say that they hold secrets.
    private static func byName(_ name: ArraySlice<UInt8>, _ content: UnsafeRawBufferPointer) -> String? {
        // Most names need no closer look, which is taken for every new file.
        guard let first = name.first, let last = name.last else { return nil }
        let mayMatter =
            first == UInt8(ascii: ".") || first == UInt8(ascii: "_") || last == UInt8(ascii: "2")
            || last == UInt8(ascii: "x") || last == UInt8(ascii: "k") || name.starts(with: [0x69, 0x64, 0x5F])
        guard mayMatter else { return nil }
        let text = String(decoding: name, as: UTF8.self)
        switch text {
        case ".git-credentials", ".netrc", "_netrc", ".pgpass": return "credentials"
        // What ssh-keygen(1) calls private keys, whatever their content is by now.
        case "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk": return "private key"
        default:
            if [".p12", ".pfx", ".ppk"].contains(where: text.hasSuffix) { return "key store" }
            return environmentFile(text, content)
        }
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
    private static func environmentFile(_ name: String, _ content: UnsafeRawBufferPointer) -> String? {
        guard name == ".env" || name.hasPrefix(".env.") else { return nil }
        let shared = ["example", "sample", "template", "dist", "defaults", "schema"]
        if name.split(separator: ".").dropFirst().contains(where: { shared.contains(String($0)) }) { return nil }
        for line in content.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            let line = String(decoding: line, as: UTF8.self).trimmed
            guard !line.hasPrefix("#"), let sign = line.firstIndex(of: "=") else { continue }
            let value = String(line[line.index(after: sign)...]).trimmed
            if !value.isEmpty && value != "\"\"" && value != "''" && !value.hasPrefix("#") {
                return "variables with values"
            }
        }
        return nil
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

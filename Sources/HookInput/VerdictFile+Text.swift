import GitValues

/// The file's text: one fact per line, `word value…`, closed by a digest of all that stands before it.
///
/// ```
/// git-patch verdict 1
/// object <id>
/// tree <id>
/// passed <tier>
/// since <id>…                       (absent: every check ran)
/// needed <tier> [<branch>]
/// taken <nanoseconds>
/// expires <milliseconds>
/// git-directory <path>
/// variables <digest> <pattern>…
/// file <device> <inode> <size> <modified> <changed> <path>
/// absent <path>
/// end <SHA-256 of the lines above>
/// ```
extension VerdictFile {
    private static let header = "git-patch verdict 1"

    /// The text of the file; `nil` when a path or a name holds a line feed or bytes that are not UTF-8, which the
    /// format cannot carry and a watch could miss.
    package var text: String? {
        var lines = [VerdictFile.header, "object \(object)", "tree \(tree)", "passed \(passed)"]
        if case .since(let commits) = coverage { lines.append((["since"] + commits.map(\.hex)).joined(separator: " ")) }
        lines.append("needed \(needed)")
        for (branch, tier) in branchNeeds.sorted(by: { $0.key < $1.key }) { lines.append("needed \(tier) \(branch)") }
        lines.append("taken \(fingerprint.taken)")
        lines.append("expires \(expires.milliseconds)")
        lines.append("git-directory \(fingerprint.gitDirectory)")
        lines.append((["variables", fingerprint.variableDigest] + fingerprint.variables).joined(separator: " "))
        for file in fingerprint.files {
            if let now = file.identity {
                lines.append(
                    "file \(Int64(bitPattern: now.device)) \(Int64(bitPattern: now.inode)) \(now.size) \(now.modified) \(now.changed) \(file.path)"
                )
            } else {
                lines.append("absent \(file.path)")
            }
        }
        guard lines.allSatisfy({ !$0.unicodeScalars.contains { $0 == "\n" || $0 == "\u{FFFD}" } }) else { return nil }
        let body = lines.joined(separator: "\n") + "\n"
        return body + "end \(SHA256.hex(Array(body.utf8)))\n"
    }

    /// Parses what `text` gives; `nil` for anything else, down to a single changed byte.
    package init?(text: String) { self.init(bytes: Array(text.utf8)) }

    /// As `init(text:)`, from bytes: the hook helper reads the file on every push.
    init?(bytes: [UInt8]) {
        guard let body = VerdictFile.verifiedBody(bytes) else { return nil }
        let lines = body.split(separator: UInt8(ascii: "\n"))
        guard lines.first?.elementsEqual(VerdictFile.header.utf8) ?? false else { return nil }
        var facts = Facts()
        for line in lines.dropFirst() {
            guard facts.take(line) else { return nil }
        }
        guard let object = facts.object, let tree = facts.tree, let passed = facts.passed, let needed = facts.needed,
            let taken = facts.taken, let expires = facts.expires, let gitDirectory = facts.gitDirectory,
            let digest = facts.digest
        else { return nil }
        self.init(
            object: object, tree: tree, passed: passed, coverage: facts.since.map(Coverage.since) ?? .everyCheck,
            needed: needed, branchNeeds: facts.branchNeeds,
            fingerprint: VerdictFingerprint(
                gitDirectory: gitDirectory, variables: facts.variables, variableDigest: digest, files: facts.files,
                taken: taken),
            expires: Timestamp(milliseconds: expires))
    }

    /// Everything before the last line, when that line holds its digest.
    private static func verifiedBody(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
        let tail = 4 + 64 + 1
        guard bytes.count > tail else { return nil }
        let body = bytes[..<(bytes.count - tail)]
        let end = Array("end \(SHA256.hex(body))\n".utf8)
        return bytes[(bytes.count - tail)...] == end[...] ? body : nil
    }
}

/// The facts of a verdict file, gathered line by line.
private struct Facts {
    var object: ObjectID?
    var tree: ObjectID?
    var passed: VerdictTier?
    var since: [ObjectID]?
    var needed: VerdictTier?
    var branchNeeds: [String: VerdictTier] = [:]
    var taken: Int64?
    var expires: Int64?
    var gitDirectory: String?
    var digest: String?
    var variables: [String] = []
    var files: [VerdictFingerprint.WatchedFile] = []

    /// Takes one line; `false` when it is not understood.
    mutating func take(_ line: ArraySlice<UInt8>) -> Bool {
        guard let space = line.firstIndex(of: UInt8(ascii: " ")) else { return false }
        let value = line[(space + 1)...]
        switch text(line[..<space]) {
        case "object":
            object = ObjectID(hexDigits: value)
            return object != nil
        case "tree":
            tree = ObjectID(hexDigits: value)
            return tree != nil
        case "passed":
            passed = VerdictTier(text(value))
            return passed != nil
        case "since":
            var commits: [ObjectID] = []
            for word in words(value) {
                guard let commit = ObjectID(hexDigits: word) else { return false }
                commits.append(commit)
            }
            since = commits
            return true
        case "needed": return takeNeed(value)
        case "taken":
            taken = integer(value)
            return taken != nil
        case "expires":
            expires = integer(value)
            return expires != nil
        case "git-directory":
            gitDirectory = text(value)
            return true
        case "variables":
            for word in words(value) {
                if digest == nil { digest = text(word) } else { variables.append(text(word)) }
            }
            return digest != nil
        case "file": return takeFile(value)
        case "absent":
            files.append(.init(path: text(value), identity: nil))
            return true
        default: return false
        }
    }

    private mutating func takeNeed(_ value: ArraySlice<UInt8>) -> Bool {
        let words = words(value, at: 1)
        guard let word = words.first, let tier = VerdictTier(text(word)) else { return false }
        if words.count == 2 { branchNeeds[text(words[1])] = tier } else { needed = tier }
        return true
    }

    private mutating func takeFile(_ value: ArraySlice<UInt8>) -> Bool {
        let words = words(value, at: 5)
        guard words.count == 6, let device = integer(words[0]), let inode = integer(words[1]),
            let size = integer(words[2]), let modified = integer(words[3]), let changed = integer(words[4])
        else { return false }
        files.append(
            .init(
                path: text(words[5]),
                identity: FileIdentity(
                    device: UInt64(bitPattern: device), inode: UInt64(bitPattern: inode), size: size,
                    modified: modified, changed: changed)))
        return true
    }

    private func words(_ value: ArraySlice<UInt8>, at most: Int = Int.max) -> [ArraySlice<UInt8>] {
        value.split(separator: UInt8(ascii: " "), maxSplits: most)
    }

    private func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    private func integer(_ bytes: ArraySlice<UInt8>) -> Int64? {
        let isNegative = bytes.first == UInt8(ascii: "-")
        let digits = isNegative ? bytes.dropFirst() : bytes
        guard !digits.isEmpty, digits.count < 19 else { return digits.count == 19 ? Int64(text(bytes)) : nil }
        var value: Int64 = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        return isNegative ? -value : value
    }
}

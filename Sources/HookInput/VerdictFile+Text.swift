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
                    "file \(now.device) \(now.inode) \(now.size) \(now.modified) \(now.changed) \(file.path)")
            } else {
                lines.append("absent \(file.path)")
            }
        }
        guard lines.allSatisfy({ !$0.unicodeScalars.contains { $0 == "\n" || $0 == "\u{FFFD}" } }) else { return nil }
        let body = lines.joined(separator: "\n") + "\n"
        return body + "end \(SHA256.hex(Array(body.utf8)))\n"
    }

    /// Parses what `text` gives; `nil` for anything else, down to a single changed byte.
    package init?(text: String) {
        guard let body = VerdictFile.verifiedBody(text) else { return nil }
        var facts = Facts()
        for line in body.split(separator: "\n").dropFirst() {
            guard facts.take(line) else { return nil }
        }
        guard body.hasPrefix(VerdictFile.header + "\n"), let object = facts.object, let tree = facts.tree,
            let passed = facts.passed, let needed = facts.needed, let taken = facts.taken, let expires = facts.expires,
            let gitDirectory = facts.gitDirectory, let digest = facts.digest
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
    private static func verifiedBody(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        let tail = 4 + 64 + 1
        guard bytes.count > tail else { return nil }
        let body = bytes[..<(bytes.count - tail)]
        guard bytes[(bytes.count - tail)...].elementsEqual("end \(SHA256.hex(body))\n".utf8) else { return nil }
        return String(decoding: body, as: UTF8.self)
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
    mutating func take(_ line: Substring) -> Bool {
        guard let space = line.firstIndex(of: " ") else { return false }
        let value = line[line.index(after: space)...]
        switch line[..<space] {
        case "object":
            object = ObjectID(hex: value)
            return object != nil
        case "tree":
            tree = ObjectID(hex: value)
            return tree != nil
        case "passed":
            passed = VerdictTier(value)
            return passed != nil
        case "since":
            let commits = value.split(separator: " ").map { ObjectID(hex: $0) }
            since = commits.compactMap { $0 }
            return !commits.contains(nil)
        case "needed": return takeNeed(value)
        case "taken":
            taken = Int64(value)
            return taken != nil
        case "expires":
            expires = Int64(value)
            return expires != nil
        case "git-directory":
            gitDirectory = String(value)
            return true
        case "variables":
            let words = value.split(separator: " ").map(String.init)
            digest = words.first
            variables = Array(words.dropFirst())
            return digest != nil
        case "file": return takeFile(value)
        case "absent":
            files.append(.init(path: String(value), identity: nil))
            return true
        default: return false
        }
    }

    private mutating func takeNeed(_ value: Substring) -> Bool {
        let words = value.split(separator: " ", maxSplits: 1)
        guard let word = words.first, let tier = VerdictTier(word) else { return false }
        if words.count == 2 { branchNeeds[String(words[1])] = tier } else { needed = tier }
        return true
    }

    private mutating func takeFile(_ value: Substring) -> Bool {
        let words = value.split(separator: " ", maxSplits: 5)
        guard words.count == 6, let device = UInt64(words[0]), let inode = UInt64(words[1]), let size = Int64(words[2]),
            let modified = Int64(words[3]), let changed = Int64(words[4])
        else { return false }
        files.append(
            .init(
                path: String(words[5]),
                identity: FileIdentity(
                    device: device, inode: inode, size: size, modified: modified, changed: changed)))
        return true
    }
}

/// Names that git may refuse because some file system takes them for `.git`.
enum OddNames {
    /// Whether only git should judge a name: `.git` in other case or with an ending that NTFS drops, its short name
    /// `git~1`, either behind a backslash, links named like git's own files, and characters that HFS+ skips.
    static func isOdd(_ name: UnsafeRawBufferPointer, isLink: Bool) -> Bool {
        var start = 0
        while start < name.count {
            if isOddPart(UnsafeRawBufferPointer(rebasing: name[start...]), isLink: isLink) { return true }
            guard let next = name[start...].firstIndex(of: UInt8(ascii: "\\")) else { break }
            start = next + 1
        }
        // The skipped characters begin with these bytes in UTF-8.
        return name[0] | 0x20 != UInt8(ascii: "g") && (name.contains(0xE2) || name.contains(0xEF)) && hasGit(name)
    }

    private static func isOddPart(_ part: UnsafeRawBufferPointer, isLink: Bool) -> Bool {
        if matches(part, ".git") {
            if isLink { return true }
            switch part.count > 4 ? part[4] : 0 {
            case 0, UInt8(ascii: " "), UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "\\"): return true
            default: return false
            }
        }
        // Short names: `git~1` for `.git`, and the like of `gitmod~1` for links.
        return matches(part, "git~") || (isLink && matches(part, "gi"))
    }

    private static func hasGit(_ name: UnsafeRawBufferPointer) -> Bool {
        var letters = "git".utf8.makeIterator()
        var wanted = letters.next()
        for byte in name where byte | 0x20 == wanted { wanted = letters.next() }
        return wanted == nil
    }

    private static func matches(_ name: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
        guard word.utf8CodeUnitCount <= name.count else { return false }
        for offset in 0..<word.utf8CodeUnitCount where lower(name[offset]) != word.utf8Start[offset] { return false }
        return true
    }

    private static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}

/// A version by the rules of Semantic Versioning 2.0.0 (semver.org).
package struct SemanticVersion: Sendable, Hashable, CustomStringConvertible {
    /// Which of the three numbers goes up.
    package enum Part: String, Sendable, CaseIterable {
        case major, minor, patch
    }

    package let major: Int
    package let minor: Int
    package let patch: Int
    /// The identifiers after the hyphen; empty for a release.
    package let preRelease: [String]
    /// The identifiers after the plus sign; they never decide which of two versions is higher.
    package let build: [String]

    /// Creates a release.
    package init(_ major: Int, _ minor: Int, _ patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
        preRelease = []
        build = []
    }

    /// Reads `1.2.3`, `1.2.3-rc.1`, `1.2.3+build`; `nil` for anything the rules do not allow, and for numbers of more
    /// than 18 digits.
    package init?(_ text: some StringProtocol) {
        var rest = Substring(text)
        var build: [String] = []
        if let plus = rest.firstIndex(of: "+") {
            guard let read = Self.identifiers(rest[rest.index(after: plus)...], allowsLeadingZeros: true) else {
                return nil
            }
            build = read
            rest = rest[..<plus]
        }
        var preRelease: [String] = []
        if let hyphen = rest.firstIndex(of: "-") {
            guard let read = Self.identifiers(rest[rest.index(after: hyphen)...], allowsLeadingZeros: false) else {
                return nil
            }
            preRelease = read
            rest = rest[..<hyphen]
        }
        let numbers = rest.split(separator: ".", omittingEmptySubsequences: false)
        let values = numbers.compactMap { Self.number($0) }
        guard numbers.count == 3, values.count == 3 else { return nil }
        (major, minor, patch) = (values[0], values[1], values[2])
        self.preRelease = preRelease
        self.build = build
    }

    package var description: String {
        "\(major).\(minor).\(patch)" + (preRelease.isEmpty ? "" : "-" + preRelease.joined(separator: "."))
            + (build.isEmpty ? "" : "+" + build.joined(separator: "."))
    }

    /// Whether this version has the higher precedence (rule 11).
    package func isHigher(than other: SemanticVersion) -> Bool {
        let own = [major, minor, patch]
        let others = [other.major, other.minor, other.patch]
        if own != others { return others.lexicographicallyPrecedes(own) }
        if preRelease.isEmpty || other.preRelease.isEmpty { return preRelease.isEmpty && !other.preRelease.isEmpty }
        for (left, right) in zip(preRelease, other.preRelease) where left != right {
            return Self.isHigher(left, than: right)
        }
        return preRelease.count > other.preRelease.count
    }

    /// The next version: the number goes up and those behind it start anew.
    ///
    /// A pre-release is followed by the release it leads to when that is the number asked for: minor of `2.0.0-rc.1` is
    /// `2.0.0`. `nil` when the number cannot go up any more.
    package func next(_ part: Part) -> SemanticVersion? {
        let isPreRelease = !preRelease.isEmpty
        let next: SemanticVersion
        switch part {
        case .major:
            next = SemanticVersion(isPreRelease && minor == 0 && patch == 0 ? major : major + 1, 0, 0)
        case .minor: next = SemanticVersion(major, isPreRelease && patch == 0 ? minor : minor + 1, 0)
        case .patch: next = SemanticVersion(major, minor, isPreRelease ? patch : patch + 1)
        }
        return SemanticVersion(next.description)
    }

    /// The first version of a project that has none.
    package static func first(_ part: Part) -> SemanticVersion {
        switch part {
        case .major: SemanticVersion(1, 0, 0)
        case .minor: SemanticVersion(0, 1, 0)
        case .patch: SemanticVersion(0, 0, 1)
        }
    }

    /// Rules 9 and 10: ASCII letters, digits and hyphens, none of them empty.
    private static func identifiers(_ text: Substring, allowsLeadingZeros: Bool) -> [String]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let areGood = parts.allSatisfy { part in
            let isWord = part.utf8.allSatisfy { byte in isDigit(byte) || isLetter(byte) || byte == UInt8(ascii: "-") }
            let hasLeadingZero = part.utf8.count > 1 && part.utf8.first == UInt8(ascii: "0") && isNumeric(part)
            return !part.isEmpty && isWord && (allowsLeadingZeros || !hasLeadingZero)
        }
        return areGood ? parts.map(String.init) : nil
    }

    /// Rule 11.4: numbers by value and below words, words in ASCII order.
    private static func isHigher(_ left: String, than right: String) -> Bool {
        switch (isNumeric(left), isNumeric(right)) {
        case (true, false): return false
        case (false, true): return true
        case (true, true) where left.utf8.count != right.utf8.count: return left.utf8.count > right.utf8.count
        default: return right.utf8.lexicographicallyPrecedes(left.utf8)
        }
    }

    private static func number(_ text: Substring) -> Int? {
        guard isNumeric(text), text.utf8.count == 1 || text.utf8.first != UInt8(ascii: "0"), text.utf8.count <= 18
        else { return nil }
        return Int(text)
    }

    private static func isNumeric(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}

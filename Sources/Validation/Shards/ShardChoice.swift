import Settings

/// One part of so many, as it is typed: `2/3`.
package struct ShardChoice: Sendable, Hashable {
    /// From 1.
    package let number: Int
    package let count: Int

    /// More parts than this are a slip of the hand.
    static let most = 1000

    /// Reads `I/N`; `nil` for anything else, and for a part that does not exist.
    package init?(_ text: String) {
        let words = text.split(separator: "/", omittingEmptySubsequences: false)
        guard words.count == 2 else { return nil }
        self.init(number: words[0], count: words[1])
    }

    /// Creates a choice of two numbers as they are written.
    package init?(number: some StringProtocol, count: some StringProtocol) {
        func plain(_ text: some StringProtocol) -> Int? {
            text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
        }
        guard let number = plain(number), let count = plain(count), (1...ShardChoice.most).contains(count),
            (1...count).contains(number)
        else { return nil }
        self.number = number
        self.count = count
    }

    /// The choice as it is typed.
    package var text: String { "\(number)/\(count)" }
}

extension Plan {
    /// The checks with those that have `shards` as their parts, or as the one part that is wanted.
    ///
    /// Who needs such a check needs all of its parts.
    ///
    /// - Throws: `ValidationProblem` when one part is wanted and there is none, or a check needs the others.
    static func split(_ checks: [CheckDefinition], only choice: ShardChoice?) throws -> [CheckDefinition] {
        var parts: [String: [CheckDefinition]] = [:]
        for check in checks where check.shards > 1 {
            let all = check.parts(of: choice?.count ?? check.shards)
            parts[check.name] = choice.map { choice in all.filter { $0.shard?.number == choice.number } } ?? all
        }
        if let choice {
            guard !parts.isEmpty else { throw ValidationProblem.notSplit(choice.text) }
            for check in checks {
                for need in check.needs where parts[need] != nil {
                    throw ValidationProblem.needsAllParts(check: check.name, need: need, choice: choice.text)
                }
            }
        }
        return checks.flatMap { parts[$0.name] ?? [$0] }.map { check in
            var check = check
            check.needs = check.needs.flatMap { need in parts[need]?.map(\.name) ?? [need] }
            return check
        }
    }
}

/// One of the parts that a check with `shards` is split into.
package struct Shard: Hashable, Sendable, Codable {
    /// The name of the check it is a part of.
    package let check: String
    /// From 1.
    package let number: Int
    /// How many parts there are.
    package let count: Int

    /// Creates a part; `nil` when there is no such one among so many.
    package init?(of check: String, _ number: Int, of count: Int) {
        guard count >= 1, (1...count).contains(number) else { return nil }
        self.check = check
        self.number = number
        self.count = count
    }

    /// The part alone: `2/3`.
    package var place: String { "\(number)/\(count)" }

    /// The part with its check, which is what it is called in a run: `unit 2/3`.
    package var name: String { "\(check) \(place)" }
}

extension CheckDefinition {
    /// The check as so many checks as it has parts; the check itself when it is not split.
    package var parts: [CheckDefinition] { parts(of: shards) }

    /// The check as the parts of another number of them.
    package func parts(of count: Int) -> [CheckDefinition] {
        guard shards > 1 else { return [self] }
        return (1...max(1, count)).compactMap { number in
            Shard(of: name, number, of: count).map { part($0) }
        }
    }

    /// What is wrong with how checks are split, by check.
    static func shardFlaws(of checks: [CheckDefinition]) -> [(name: String, message: String)] {
        var flaws: [(name: String, message: String)] = []
        for check in checks where check.shards > 1 {
            if !check.artifacts.isEmpty {
                flaws.append((check.name, "check '\(check.name)' has 'shards', so it cannot have an 'artifact'"))
            }
            if !check.reports.isEmpty, !check.isolated {
                let message =
                    "the parts of check '\(check.name)' would write one 'report': add 'isolated = true', or take it out"
                flaws.append((check.name, message))
            }
            for other in checks where other.isNamedLikePart(of: check) {
                flaws.append((other.name, "check '\(other.name)' is called like a part of check '\(check.name)'"))
            }
        }
        return flaws
    }

    /// Whether the name is one that a part could have, whatever the number of parts.
    private func isNamedLikePart(of check: CheckDefinition) -> Bool {
        guard name.hasPrefix(check.name + " ") else { return false }
        let numbers = name.dropFirst(check.name.count + 1).split(separator: "/", omittingEmptySubsequences: false)
        return numbers.count == 2 && numbers.allSatisfy { Int($0) != nil }
    }
}

package import GitValues

/// A patch as what a user calls it.
package protocol NamedPatch {
    var id: RecordID { get }
    var title: String { get }
    var branch: String { get }
    /// Its pull request; absent where none is known.
    var number: Int? { get }
    var url: String? { get }
    /// Where it stands, in a word.
    var standing: String { get }
    /// Whether nothing more happens to it.
    var isFinished: Bool { get }
}

/// What is said of several patches that a text fits.
package enum NamedPatches {
    /// What to type, and what there is to choose from.
    package static func hint(_ candidates: [String]) -> String {
        "name one by its id:" + candidates.map { "\n  \($0)" }.joined()
    }
}

extension NamedPatch {
    /// The patch as messages list it, so that one of several can be told and typed.
    package var candidate: String { "\(id.short) '\(title)' on '\(branch)' (\(standing))" }
}

extension Sequence where Element: NamedPatch {
    /// The patches a user may mean by a text: one when it is clear, several when it is not.
    ///
    /// What is more exact comes first: an id, a branch, a pull request by `#number` or URL, the beginning of an id (four
    /// digits at least) or a title. Of several that fit, those that are still open count.
    ///
    /// - Parameter finished: whether those that are finished count instead of the open ones.
    package func matching(_ text: String, preferringFinished finished: Bool = false) -> [Element] {
        guard !text.isEmpty else { return [] }
        let all = Array(self)
        let (digits, isMarked) = pullNumber(in: text)
        let isPrefix = text.utf8.count >= 4 && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
        let ways: [(Element) -> Bool] = [
            { $0.id.text == text }, { $0.branch == text },
            { isMarked && digits != nil && $0.number == digits || $0.url == text },
            { isPrefix && $0.id.text.hasPrefix(text) || $0.title == text },
            // Without its mark a number is one only where nothing else is meant.
            { digits != nil && $0.number == digits },
        ]
        for way in ways {
            let found = all.filter(way)
            guard found.count > 1 else {
                if found.isEmpty { continue }
                return found
            }
            let wanted = found.filter { $0.isFinished == finished }
            return wanted.isEmpty ? found : wanted
        }
        return []
    }

    /// `12`, `#12`, and `!12` as GitLab writes it; whether it has its mark.
    private func pullNumber(in text: String) -> (number: Int?, isMarked: Bool) {
        let isMarked = text.hasPrefix("#") || text.hasPrefix("!")
        let digits = isMarked ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return (nil, false) }
        return (Int(digits), isMarked)
    }
}

extension PatchRecord: NamedPatch {
    package var standing: String { state.rawValue }
    package var isFinished: Bool { state == .landed || state == .closed }
}

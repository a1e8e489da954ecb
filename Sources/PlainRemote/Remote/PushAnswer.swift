package import GitValues

/// One reference that a push should move, with the value it must have before.
package struct RemoteUpdate: Hashable, Sendable {
    package let name: ReferenceName
    /// What the remote must have there; `nil`: nothing.
    package let expected: ObjectID?
    /// What it should have afterwards; `nil`: nothing.
    package let new: ObjectID?

    /// Creates an update.
    package init(_ name: ReferenceName, from expected: ObjectID?, to new: ObjectID?) {
        self.name = name
        self.expected = expected
        self.new = new
    }
}

/// What the remote, or git on its behalf, said about one reference of a push.
package enum ReferenceAnswer: Hashable, Sendable {
    /// Moved, made or deleted.
    case updated
    /// It had the new value before.
    case upToDate
    /// It does not have the expected value any more, or somebody else was faster.
    case moved(String)
    /// The server does not want it; its own words.
    case refused(String)
    /// Nothing is wrong with this one; another reference of the same atomic push failed.
    case notTried
}

/// How a push ended.
package struct PushAnswer: Sendable {
    /// What was said about each reference; a reference that is missing here got no answer.
    package var references: [ReferenceName: ReferenceAnswer]
    /// What the server's hooks printed.
    package var serverLines: [String]
    /// Git's own error, where it ended without an answer.
    package var failure: Failure?

    /// Why there was no answer.
    package enum Failure: Hashable, Sendable {
        /// The server cannot move several references as one.
        case atomicUnsupported
        /// The server takes no words with a push.
        case optionsUnsupported
        /// A hook of this repository said no.
        ///
        /// What it printed, in one line: all of it was relayed while the push ran.
        case hook(String)
        /// The connection failed, before or after the request was sent.
        case connection(String)
    }

    /// Whether every reference of the push has its new value.
    package func isComplete(for updates: [RemoteUpdate]) -> Bool {
        updates.allSatisfy { references[$0.name] == .updated || references[$0.name] == .upToDate }
    }

    /// Whether the server gave the whole push up without naming a culprit: it lost a race while it locked them.
    package var isNothingTried: Bool { !references.isEmpty && references.values.allSatisfy { $0 == .notTried } }

    /// References that lost their lease, sorted.
    package var moved: [ReferenceName] {
        references.compactMap { if case .moved = $1 { $0 } else { nil } }.sorted()
    }

    /// References the server refused, with its words.
    package var refusals: [(name: ReferenceName, words: String)] {
        references.compactMap { name, answer -> (ReferenceName, String)? in
            if case .refused(let words) = answer { (name, words) } else { nil }
        }.sorted { $0.0 < $1.0 }
    }

    /// The lock that kept the server from moving a reference, by its path there: git's own words tell it.
    package var heldLock: String? {
        for line in serverLines {
            guard line.contains("File exists"), let start = line.firstRange(of: "Unable to create '") else { continue }
            return String(line[start.upperBound...].prefix { $0 != "'" })
        }
        return nil
    }

    /// The branch beside which the server can keep none of a refused name: `a/b` beside `a`, as files and folders are.
    package func clash(with name: ReferenceName) -> String? {
        let end = "' exists; cannot create '\(name.text)'"
        guard references[name] != nil, references[name] != .updated,
            let line = serverLines.first(where: { $0.contains(end) }), let range = line.firstRange(of: end),
            let start = line[..<range.lowerBound].lastIndex(of: "'")
        else { return nil }
        let other = line[line.index(after: start)..<range.lowerBound]
        return String(other.hasPrefix("refs/heads/") ? other.dropFirst("refs/heads/".count) : other)
    }

    /// The number and the address of a pull request that the server names: the first word that ends in `/<kind>/<number>`.
    package func pullRequest(_ kind: String) -> (number: Int, url: String)? {
        for word in serverLines.flatMap({ $0.split(separator: " ") }) where word.contains("://") {
            let parts = word.split(separator: "/")
            guard parts.count > 3, parts[parts.count - 2] == kind, let number = parts.last.flatMap({ Int($0) }) else {
                continue
            }
            return (number, String(word))
        }
        return nil
    }

    /// The server's reason in one text: what its hooks printed, and the words for the first refused reference.
    package var refusalText: String {
        let words = refusals.first?.words
        return (serverLines + (words.map { [$0] } ?? [])).joined(separator: "\n")
    }
}

extension PushAnswer {
    /// Reads the output of `git push --porcelain` (git-push(1), OUTPUT) and what came on standard error.
    init(porcelain output: String, errors: String, exitCode: Int32) {
        references = [:]
        for line in output.split(separator: "\n") {
            let fields = line.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count >= 3, fields[0].count == 1, let flag = fields[0].first,
                let colon = fields[1].lastIndex(of: ":"),
                let name = ReferenceName(fields[1][fields[1].index(after: colon)...])
            else { continue }
            references[name] = PushAnswer.answer(flag: flag, summary: String(fields[2]))
        }
        let lines = errors.split(separator: "\n").map(String.init)
        serverLines = lines.filter { $0.hasPrefix("remote:") }.map { line in
            var text = String(line.dropFirst("remote:".count))
            if text.first == " " { text.removeFirst() }
            while text.last == " " { text.removeLast() }
            return text
        }.filter { !$0.isEmpty }
        failure = nil
        // Over HTTP git tells of the references that stay where they are before it gives up; nothing was sent.
        if exitCode != 0, lines.contains(where: { $0.hasPrefix("fatal:") && $0.contains("does not support --atomic") })
        {
            references = [:]
            failure = .atomicUnsupported
            return
        }
        if exitCode != 0, lines.contains(where: { $0.hasPrefix("fatal:") && $0.contains("support push options") }) {
            references = [:]
            failure = .optionsUnsupported
            return
        }
        guard exitCode != 0, references.isEmpty else { return }
        let words = PushAnswer.reason(in: lines)
        if exitCode == 1, !lines.contains(where: { $0.hasPrefix("fatal:") }) {
            let said = lines.filter { !$0.hasPrefix("error: failed to push some refs") }
            failure = .hook(said.isEmpty ? "" : PushAnswer.reason(in: said))
        } else {
            failure = .connection(words)
        }
    }

    /// The first line of git's errors that says something, with the next one where it ends in a colon.
    static func reason(in lines: [String]) -> String {
        let told = lines.firstIndex { $0.hasPrefix("fatal:") || $0.hasPrefix("error:") || $0.hasPrefix("ssh:") }
        guard let index = told ?? lines.indices.first else { return "git gave no reason" }
        var line = lines[index]
        if line.hasSuffix(":"), index + 1 < lines.count { line += " " + lines[index + 1] }
        for prefix in ["fatal: ", "error: "] where line.hasPrefix(prefix) {
            return String(line.dropFirst(prefix.count))
        }
        return line
    }

    private static func answer(flag: Character, summary: String) -> ReferenceAnswer {
        guard flag == "!" else { return flag == "=" ? .upToDate : .updated }
        let reason = parenthesized(summary)
        if reason == "atomic push failed" || reason == "atomic push failure" || reason == "atomic transaction failed" {
            return .notTried
        }
        let signsOfARace = [
            "stale info", "fetch first", "non-fast-forward", "needs force", "failed to update ref", "failed to lock",
            "cannot lock ref", "incorrect old value", "reference already exists", "already exists",
            "remote ref updated since checkout", "failed to report status",
        ]
        if signsOfARace.contains(where: { reason.contains($0) }) { return .moved(reason) }
        return .refused(reason)
    }

    /// `[remote rejected] (hook declined)` gives `hook declined`.
    private static func parenthesized(_ summary: String) -> String {
        guard let open = summary.firstIndex(of: "("), summary.last == ")" else { return summary }
        return String(summary[summary.index(after: open)...].dropLast())
    }
}

package import GitProcess
package import GitValues
package import Settings

/// What is to be judged: a tree, the commit it came from where there is one, and the checks committed in it.
package struct Candidate: Sendable {
    package let commit: ObjectID?
    package let tree: ObjectID
    package let parents: [ObjectID]
    /// `.gitpatch` of that tree.
    package let committed: CommittedFile?

    /// Creates a candidate from its parts.
    package init(commit: ObjectID?, tree: ObjectID, parents: [ObjectID] = [], committed: CommittedFile?) {
        self.commit = commit
        self.tree = tree
        self.parents = parents
        self.committed = committed
    }
}

/// Facts about objects, asked of git so that every object format and reference storage is understood.
extension GitProgram {
    /// Reads what a revision names: a commit, a tag of one, or a bare tree.
    ///
    /// - Parameter name: what `.gitpatch` is called in messages (`HEAD`); the revision itself unless given.
    /// - Throws: `ValidationProblem.unknownRevision` when it names neither.
    package func candidate(_ revision: String, calling name: String? = nil) async throws -> Candidate {
        let name = name ?? revision
        guard !revision.isEmpty, !revision.contains("\n"), !revision.hasPrefix("-") else {
            throw ValidationProblem.unknownRevision(revision)
        }
        let commands = """
            contents \(revision)^{commit}
            info \(revision)^{tree}
            contents \(revision)^{tree}:\(CommittedFile.path)

            """
        // A git that cannot answer must not look like one that has found nothing.
        let result = try await readOnly.output(["cat-file", "--batch-command"], input: Array(commands.utf8))
        var answers = BatchAnswers(result.output)
        let commit = answers.next(hasContent: true)
        guard let tree = answers.next(hasContent: false), tree.type == "tree" else {
            throw ValidationProblem.unknownRevision(name)
        }
        let file = answers.next(hasContent: true)
        let isFile = file?.type == "blob"
        if file == nil {
            // Missing is not the same as not there: the object may be damaged, or not be fetched.
            let entry = try await readOnly.plainPathspecs.output([
                "ls-tree", "-z", "--full-tree", tree.id.hex, "--", CommittedFile.path,
            ])
            guard !entry.output.starts(with: "100".utf8) else {
                throw ValidationProblem.unreadableFile("\(name):\(CommittedFile.path)")
            }
        }
        return Candidate(
            commit: commit?.id, tree: tree.id, parents: commit.map { BatchAnswers.parents(in: $0.content) } ?? [],
            committed: isFile ? CommittedFile(bytes: file?.content ?? [], origin: "\(name):\(CommittedFile.path)") : nil
        )
    }

    /// The paths that differ between two trees or commits, sorted; renames are a deletion and an addition.
    package func changedPaths(from old: ObjectID, to new: ObjectID, matching patterns: [String] = []) async throws
        -> [[UInt8]]
    {
        let words = ["diff-tree", "-r", "-z", "--no-renames", "--name-only", old.hex, new.hex, "--"] + patterns
        let result = try await readOnly.output(words)
        return result.output.split(separator: 0).map { Array($0) }
    }

    /// The paths of all files of a tree or commit.
    package func allPaths(of tree: ObjectID) async throws -> [[UInt8]] {
        let result = try await readOnly.output(["ls-tree", "-r", "-z", "--full-tree", "--name-only", tree.hex])
        return result.output.split(separator: 0).map { Array($0) }
    }

    /// The best common ancestor of two commits; `nil` when their histories have nothing in common.
    package func mergeBase(_ one: ObjectID, _ two: ObjectID) async throws -> ObjectID? {
        let result = try await readOnly.run(["merge-base", one.hex, two.hex])
        return result.lines.first.flatMap { ObjectID(hex: $0) }
    }

    /// The commit a full reference or other revision names; `nil` when there is none.
    package func commitID(_ revision: String) async throws -> ObjectID? {
        let result = try await readOnly.run([
            "rev-parse", "--verify", "--quiet", "--end-of-options", "\(revision)^{commit}",
        ])
        return result.succeeded ? ObjectID(hex: result.text) : nil
    }
}

/// The answers of `git cat-file --batch-command`, one after the other (git-cat-file(1), "BATCH OUTPUT").
private struct BatchAnswers {
    struct Answer {
        let id: ObjectID
        let type: String
        let content: [UInt8]
    }

    private var rest: ArraySlice<UInt8>

    init(_ output: [UInt8]) { rest = output[...] }

    /// The next answer; `nil` when the object is missing or ambiguous.
    mutating func next(hasContent: Bool) -> Answer? {
        guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let words = String(decoding: rest[..<end], as: UTF8.self).split(separator: " ")
        rest = rest[(end + 1)...]
        guard words.count == 3, let id = ObjectID(hex: words[0]), let size = Int(words[2]) else { return nil }
        guard hasContent else { return Answer(id: id, type: String(words[1]), content: []) }
        let content = Array(rest.prefix(size))
        rest = rest.dropFirst(size + 1)
        return Answer(id: id, type: String(words[1]), content: content)
    }

    /// The parents named in a commit's header.
    static func parents(in commit: [UInt8]) -> [ObjectID] {
        var parents: [ObjectID] = []
        for line in commit.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if line.isEmpty { break }
            let text = String(decoding: line, as: UTF8.self)
            if text.hasPrefix("parent "), let id = ObjectID(hex: text.dropFirst(7)) { parents.append(id) }
        }
        return parents
    }
}

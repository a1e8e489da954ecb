package import Git2
package import GitProcess
package import GitValues
import Snapshots

/// The repository as the workflows see it: refs and single commits in their files, histories and merges through libgit2,
/// and all of it through git where neither knows the format.
///
/// The ways give the same answers. libgit2 is loaded when it is first needed, which takes longer than most of what is
/// asked; git is started once for each question. It belongs to one task.
package final class RepositoryView {
    package let location: RepositoryLocation
    let git: GitProgram
    /// The refs in their files; `nil` where the format is not one we know.
    let files: ReferenceFiles?
    private let objects: PlainObjects
    private lazy var opened = Result { () throws(GitError) in OpenLibrary(repository: try Repository.open(location)) }

    /// Looks at the repository; that its format is unknown is not an error.
    package init(_ location: RepositoryLocation, git: GitProgram, reflogs: ReflogPolicy) {
        self.location = location
        self.git = git
        // Losing the error is right: git is asked instead, and says itself what is wrong.
        files = try? ReferenceFiles.open(location, reflogs: reflogs)
        objects = PlainObjects(location)
    }

    /// libgit2's view of the repository; `nil` when it cannot open it.
    var library: OpenLibrary? { files == nil ? nil : try? opened.get() }

    /// Why libgit2 is not used; `nil` when it is.
    package var libraryProblem: GitError? {
        if case .failure(let problem) = opened { problem } else { nil }
    }

    /// Where HEAD of this worktree is.
    package func head() async throws -> Head {
        if let files { return try files.head }
        let branch = try await git.run(["symbolic-ref", "-q", "HEAD"])
        let commit = try await git.run(["rev-parse", "-q", "--verify", "HEAD^{commit}"])
        let id = ObjectID(hex: commit.text)
        guard branch.succeeded, let name = ReferenceName(branch.text) else {
            guard let id else { throw PatchProblem(.noSuchRevision, "cannot read HEAD: \(commit.firstErrorLine)") }
            return .detached(id)
        }
        return id.map { .branch(name, $0) } ?? .unborn(name)
    }

    /// The object a revision names; `nil` when it names none.
    package func resolve(_ revision: String) async throws -> ObjectID? {
        if library != nil { return try library?.repository.resolve(revision) }
        let result = try await git.run(["rev-parse", "-q", "--verify", "--end-of-options", revision])
        return result.succeeded ? ObjectID(hex: result.text) : nil
    }

    /// The commit a revision leads to; `nil` when there is none.
    package func resolveCommit(_ revision: String) async throws -> ObjectID? {
        try await resolve(revision + "^{commit}")
    }

    /// The object a reference points at, symbolic ones followed; `nil` when there is none.
    package func reference(_ name: ReferenceName) async throws -> ObjectID? {
        if let files { return try files.object(of: name) }
        let result = try await git.run(["rev-parse", "-q", "--verify", "--end-of-options", name.text])
        return result.succeeded ? ObjectID(hex: result.text) : nil
    }

    /// The references whose names start with a prefix that ends in a slash, sorted by name.
    package func references(under prefix: String) async throws -> [(name: ReferenceName, id: ObjectID)] {
        if let files { return try files.list(under: prefix) }
        let lines = try await git.output(["for-each-ref", "--format=%(objectname) %(refname)", prefix]).lines
        return lines.compactMap { line in
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, let id = ObjectID(hex: parts[0]), let name = ReferenceName(parts[1]) else {
                return nil
            }
            return (name, id)
        }
    }

    /// What a reference itself holds: HEAD's branch rather than its commit.
    func value(of name: ReferenceName) async throws -> RecordedReference {
        if let files {
            switch try files.value(of: name) {
            case nil: return .absent
            case .object(let id): return .object(id)
            case .symbolic(let target): return .symbolic(target)
            }
        }
        let symbolic = try await git.run(["symbolic-ref", "-q", name.text])
        if symbolic.succeeded, let target = ReferenceName(symbolic.text) { return .symbolic(target) }
        return try await reference(name).map { .object($0) } ?? .absent
    }

    /// The parts of a commit that the workflows need.
    package func commit(_ id: ObjectID) async throws -> CommitFacts {
        if files != nil, let raw = objects.commit(id), let facts = CommitFacts(id: id, raw: raw) { return facts }
        if let commit = try library?.repository.commit(id) {
            return CommitFacts(id: id, tree: commit.tree, parents: commit.parents, message: commit.text)
        }
        let raw = try await git.output(["cat-file", "commit", id.hex]).output
        guard let facts = CommitFacts(id: id, raw: raw) else {
            throw PatchProblem(.noSuchRevision, "cannot read commit \(id.short)")
        }
        return facts
    }

    /// Who wrote a commit; `nil` when that cannot be read.
    func author(of id: ObjectID) async throws -> Identity? {
        if let commit = try library?.repository.commit(id) { return commit.author }
        return Identity(try await git.output(["log", "-1", "--format=%an <%ae> %ad", "--date=raw", id.hex]).text)
    }

    /// Whether a commit is in the history of another, or is it.
    package func isAncestor(_ ancestor: ObjectID, of descendant: ObjectID) async throws -> Bool {
        if let answer = try library?.repository.isAncestor(ancestor, of: descendant) { return answer }
        let result = try await git.run(["merge-base", "--is-ancestor", ancestor.hex, descendant.hex])
        return result.succeeded
    }

    /// The best common ancestor of two commits; `nil` when there is none.
    package func mergeBase(_ one: ObjectID, _ two: ObjectID) async throws -> ObjectID? {
        if one == two { return one }
        if library != nil { return try library?.repository.mergeBase(one, two) }
        let result = try await git.run(["merge-base", one.hex, two.hex])
        return result.succeeded ? ObjectID(hex: result.text) : nil
    }

    /// The commits that `tip` has and `other` lacks, newest first; `limit` of them at most.
    package func commits(from tip: ObjectID, notIn other: ObjectID, limit: Int) async throws -> [CommitFacts] {
        if let found = try library?.repository.commits(from: tip, notIn: [other], limit: limit) {
            return found.map { CommitFacts(id: $0.id, tree: $0.tree, parents: $0.parents, message: $0.text) }
        }
        let lines = try await git.output(["rev-list", "-n", "\(limit)", tip.hex, "^\(other.hex)"]).lines
        var result: [CommitFacts] = []
        for id in lines.compactMap({ ObjectID(hex: $0) }) { result.append(try await commit(id)) }
        return result
    }

    /// The tree of no file.
    package func emptyTree() async throws -> ObjectID {
        if let tree = try library?.repository.writeTree([]) { return tree }
        let text = try await git.output(["hash-object", "-w", "-t", "tree", "--stdin"]).text
        guard let id = ObjectID(hex: text) else {
            throw PatchProblem(.unsupported, "git gave no id for the empty tree")
        }
        return id
    }
}

extension RepositoryView {
    /// Stores a commit without a signature; `nil` where only git can.
    ///
    /// - Parameter pending: the objects of its tree, where they are to become visible with it.
    func makeCommit(_ text: CommitText, with pending: CapturedObjects? = nil) throws -> ObjectID? {
        let operation = "writing a commit"
        if let reason = text.problem { throw GitError(.invalid, operation, reason) }
        let pending = pending?.arePending == true ? pending : nil
        guard files != nil, try pending != nil || kind(of: text.tree) == .tree else { return nil }
        for parent in text.parents where try kind(of: parent) != .commit { return nil }
        guard let pending else { return try objects.write(commit: text.unsigned) }
        return try objects.write(commit: text.unsigned, of: text.tree, with: pending)
    }

    /// The kind of an object; `nil` when it is not there.
    func kind(of id: ObjectID) throws(GitError) -> StoredKind? {
        if objects.hasCommit(id) { return .commit }
        if objects.hasTree(id) { return .tree }
        return try library?.repository.kind(of: id)
    }
}

/// Shares one open repository of libgit2 with the view's methods.
final class OpenLibrary {
    let repository: Repository

    init(repository: consuming Repository) { self.repository = repository }
}

/// The parts of a commit that the workflows need.
package struct CommitFacts: Sendable, Hashable {
    package let id: ObjectID
    package let tree: ObjectID
    package let parents: [ObjectID]
    /// The message; bytes that are no UTF-8 are replaced.
    package let message: String

    /// The first paragraph on one line.
    package var title: String { CommitMessage.title(of: message) }

    init(id: ObjectID, tree: ObjectID, parents: [ObjectID], message: String) {
        self.id = id
        self.tree = tree
        self.parents = parents
        self.message = message
    }

    /// Parses what `git cat-file commit` prints.
    init?(id: ObjectID, raw: [UInt8]) {
        let text = String(decoding: raw, as: UTF8.self)
        var tree: ObjectID?
        var parents: [ObjectID] = []
        var rest = Substring(text)
        while let end = rest.firstIndex(of: "\n"), end != rest.startIndex {
            let line = rest[..<end]
            rest = rest[rest.index(after: end)...]
            if line.hasPrefix("tree ") { tree = ObjectID(hex: line.dropFirst(5)) }
            if line.hasPrefix("parent "), let parent = ObjectID(hex: line.dropFirst(7)) { parents.append(parent) }
        }
        guard let tree else { return nil }
        self.init(id: id, tree: tree, parents: parents, message: String(rest.dropFirst()))
    }
}

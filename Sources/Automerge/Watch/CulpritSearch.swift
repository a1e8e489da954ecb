import GitValues
import PlainRemote
import Settings

/// Finds the stretches that turned a target red: red means twice on the same tree.
final class CulpritSearch {
    /// Why a search has no answer; says nothing about any tree.
    enum Trouble: Error {
        case misconfigured(String)
        case impossible(String)
    }

    /// What a search came to.
    enum Answer: Equatable {
        case green
        /// Red before any of the stretches.
        case inherited([String])
        /// The last commit is green without these.
        case culprits([Stretch], checks: [String])
        /// Red, and what makes it so cannot be taken back by itself.
        case stuck(String)
    }

    private let objects: RepositoryObjects
    private let policy: TargetPolicy
    private let checks: [String]
    private let test: CandidateTester
    private var known: [ObjectID: [String]] = [:]
    /// Trees that were red and then green, with the checks that were red.
    private(set) var flaky: [(tree: ObjectID, checks: [String])] = []

    /// Creates a search with the checks that judge.
    init(objects: RepositoryObjects, policy: TargetPolicy, checks: [String], test: @escaping CandidateTester) {
        self.objects = objects
        self.policy = policy
        self.checks = checks
        self.test = test
    }

    /// Judges the last stretch and, where it is red, looks for what made it so.
    ///
    /// - Parameter mayRevert: asked of a culprit; the reason why not, or `nil`.
    func run(_ stretches: [Stretch], mayRevert: (Stretch) -> String?) async throws -> Answer {
        guard let first = stretches.first, let last = stretches.last else { return .green }
        let red = try await reds(at: last.after)
        if red.isEmpty { return .green }
        let inherited = try await reds(at: first.before)
        if !inherited.isEmpty { return .inherited(inherited) }
        var culprits: [Stretch] = []
        var low = -1
        while culprits.count < stretches.count {
            var high = stretches.count - 1
            while high - low > 1 {
                let middle = (low + high) / 2
                guard let commit = try await without(culprits, at: stretches[middle].after, stretches) else {
                    return .stuck("what turned it red cannot be taken out of what landed after it")
                }
                if try await reds(at: commit).isEmpty { low = middle } else { high = middle }
            }
            let culprit = stretches[high]
            if let reason = mayRevert(culprit) { return .stuck(reason) }
            culprits.append(culprit)
            guard let rest = try await without(culprits, at: last.after, stretches) else {
                return .stuck("later work builds on what turned it red")
            }
            if try await reds(at: rest).isEmpty { return .culprits(culprits, checks: red) }
            low = high
            if low == stretches.count - 1 { break }
        }
        return .stuck("it stays red without what turned it red")
    }

    /// The checks that are red at a commit, twice on the same tree; none when it is green.
    func reds(at commit: ObjectID) async throws -> [String] {
        let tree = try await objects.tree(of: commit)
        if let known = known[tree] { return known }
        var result = try await judge(commit, tree, fresh: false)
        if !result.isEmpty {
            let again = try await judge(commit, tree, fresh: true)
            if again.isEmpty { flaky.append((tree, result)) }
            result = again
        }
        known[tree] = result
        return result
    }

    private func judge(_ commit: ObjectID, _ tree: ObjectID, fresh: Bool) async throws -> [String] {
        let verdict = try await test(
            CandidateTest(commit: commit, tree: tree, settings: policy.settings, required: checks, fresh: fresh))
        switch verdict.outcome {
        case .passed: return []
        case .failed(let names): return names
        case .misconfigured(let reason): throw Trouble.misconfigured(reason)
        case .impossible(let reason): throw Trouble.impossible(reason)
        }
    }

    /// A commit with the changes of some stretches taken out, as far as they are in it; `nil` when they do not come out.
    private func without(
        _ culprits: [Stretch], at commit: ObjectID, _ stretches: [Stretch]
    ) async throws -> ObjectID? {
        var tip = commit
        let nobody = Identity(name: "git-automerge", mail: "", seconds: 0, offsetMinutes: 0)
        for culprit in culprits.reversed() {
            guard try await objects.isAncestor(culprit.after, of: commit) else { continue }
            let outcome = try await TreeMerger(objects: objects).apply(
                from: culprit.after, to: culprit.before, onto: tip)
            guard case .clean(let tree) = outcome else { return nil }
            tip = try await objects.makeCommit(
                tree: tree, parents: [commit], author: nobody, committer: nobody, message: "without a culprit\n")
        }
        return tip
    }
}

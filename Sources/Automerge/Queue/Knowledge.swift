import GitValues

/// What tests found out in a pass, by tree and policy, not by who passed.
struct Knowledge: Sendable {
    /// What is known of a tree.
    enum Fact: Equatable {
        case unknown
        case green
        /// The checks that were red, and how often the tree was.
        case red([String], Int)
    }

    /// A tree as it was tested.
    private struct Tested: Hashable {
        let tree: ObjectID
        let policy: String

        init(_ candidate: QueueCandidate) {
            tree = candidate.tree
            policy = candidate.policy
        }
    }

    private var facts: [Tested: Fact] = [:]
    private(set) var flaky: [(tree: ObjectID, checks: [String])] = []
    private(set) var tests = 0
    private(set) var redTests = 0

    /// What is known of a candidate's tree.
    func of(_ candidate: QueueCandidate) -> Fact { facts[Tested(candidate)] ?? .unknown }

    /// Takes the outcome of a test; answers with the end of the pass where it says nothing about the tree.
    mutating func learn(_ outcome: TestOutcome, of candidate: QueueCandidate) -> QueueEnd? {
        let key = Tested(candidate)
        switch outcome {
        case .passed:
            tests += 1
            if case .red(let names, _)? = facts[key] { flaky.append((candidate.tree, names)) }
            facts[key] = .green
        case .failed(let names):
            tests += 1
            redTests += 1
            var times = 1
            if case .red(_, let before)? = facts[key] { times += before }
            facts[key] = .red(names, times)
        case .misconfigured(let reason): return .misconfigured(reason)
        case .impossible(let reason): return .failed(reason)
        }
        return nil
    }
}

package import GitValues
package import PlainRemote
import Settings

/// Audits what landed, from receipts and trees alone: no network, no forge, no trust in the worker that landed it.
package struct Audit: Sendable {
    /// One thing that is wrong.
    package struct Problem: Hashable, Sendable, Codable {
        /// What kind of thing.
        package enum Kind: String, Sendable, Codable {
            /// The receipt cannot be read.
            case unreadableReceipt = "unreadable-receipt"
            /// What landed is not in the target any more.
            case removed
            /// The landed commit has another tree than the receipt says.
            case wrongTree = "wrong-tree"
            /// A verdict is about another tree, or there is none, or it is no pass.
            case untested
            /// The landed commits do not follow from the base the receipt names.
            case wrongBase = "wrong-base"
            /// The target's commit is not what merging the patch gives: something is missing, or something else changed.
            case wrongChange = "wrong-change"
            /// A commit without a receipt; only told when asked to be strict.
            case noReceipt = "no-receipt"
        }

        package var commit: ObjectID
        package var kind: Kind
        package var detail: String
        /// Commands that bring back what was removed; absent where nothing is to be typed.
        package var recovery: [String]?
    }

    /// What an audit found.
    package struct Report: Sendable {
        /// Commits of the target that were looked at.
        package var checked = 0
        package var problems: [Problem] = []
        /// The receipts of what was removed, newest first.
        package var removed: [Receipt] = []

        /// Creates an empty report.
        package init() {}
    }

    let objects: RepositoryObjects
    private let merger: TreeMerger

    /// Creates an audit of a repository's objects.
    package init(objects: RepositoryObjects) {
        self.objects = objects
        merger = TreeMerger(objects: objects)
    }

    /// Audits the commits of a target.
    ///
    /// - Parameters:
    ///   - tip: the newest commit that counts.
    ///   - target: where the target is; what is there and not in `tip` came later. Absent: `tip` is where it is.
    ///   - start: commits reachable from here are left out.
    ///   - receipts: the end of the target's receipts; `nil` when there are none.
    ///   - strict: whether a commit without a receipt is a problem.
    package func run(
        tip: ObjectID, of target: ObjectID? = nil, notIn start: [ObjectID], receipts end: ObjectID?, strict: Bool
    ) async throws -> Report {
        var report = Report()
        let line = try await objects.firstParents(from: tip, notIn: start)
        report.checked = line.count
        let inRange = Set(line)
        var told: Set<ObjectID> = []
        for commit in try await end.mapAsync({ try await objects.chain(from: $0) }) ?? [] {
            guard let receipt = try await objects.receipt(in: commit) else {
                report.problems.append(
                    Problem(commit: commit, kind: .unreadableReceipt, detail: "the receipt cannot be read"))
                continue
            }
            let isGone = try await !objects.isAncestor(receipt.landed, of: target ?? tip)
            guard isGone || inRange.contains(receipt.landed) else { continue }
            if isGone {
                if start.isEmpty {
                    report.removed.append(receipt)
                    report.problems.append(
                        Problem(
                            commit: receipt.landed, kind: .removed,
                            detail: "it landed on '\(receipt.target)' at \(receipt.at) and is not in it any more"))
                }
                continue
            }
            report.problems += try await judge(receipt, written: commit)
            told.formUnion(try await objects.firstParents(from: receipt.landed, notIn: [receipt.base]))
        }
        if strict {
            report.problems += line.filter { !told.contains($0) }.map {
                Problem(commit: $0, kind: .noReceipt, detail: "no receipt tells how it came here")
            }
        }
        return report
    }

    private func judge(_ receipt: Receipt, written commit: ObjectID) async throws -> [Problem] {
        var problems: [Problem] = []
        func add(_ kind: Problem.Kind, _ detail: String, at place: ObjectID? = nil) {
            problems.append(Problem(commit: place ?? receipt.landed, kind: kind, detail: detail))
        }
        let tree = try await objects.tree(of: receipt.landed)
        if tree != receipt.tree {
            add(.wrongTree, "its tree is \(tree.short), the receipt says \(receipt.tree.short)")
        }
        let good: Set<String> = ["passed", "cached", "flaky"]
        let tested = try await testedTrees(receipt, written: commit).union([tree])
        for verdict in receipt.verdicts {
            if !tested.contains(verdict.tree) {
                add(.untested, "check '\(verdict.check)' ran on tree \(verdict.tree.short), not on \(tree.short)")
            } else if !good.contains(verdict.state) {
                add(.untested, "check '\(verdict.check)' was \(verdict.state)")
            }
        }
        for detail in try await unjudged(receipt) { add(.untested, detail) }
        guard try await objects.isAncestor(receipt.base, of: receipt.landed) else {
            add(.wrongBase, "it does not follow from \(receipt.base.short), which the receipt calls its base")
            return problems
        }
        // What is new on its line ends where the base is the first parent, or the base was merged in from the side.
        let line = try await objects.firstParents(from: receipt.landed, notIn: [receipt.base])
        if let first = line.last, try await objects.commit(first).parents.first != receipt.base {
            add(.wrongBase, "\(receipt.base.short) is not on its first-parent line")
        }
        var before = receipt.base
        for member in receipt.members {
            guard let landed = member.landed else { break }
            guard try await objects.isAncestor(before, of: landed) else {
                add(.wrongBase, "it does not follow from \(before.short)", at: landed)
                break
            }
            if let detail = try await wrongChange(member, before: before, landed: landed, written: commit) {
                add(.wrongChange, detail, at: landed)
            }
            before = landed
        }
        if receipt.members.isEmpty, let detail = try await wrongRevert(receipt) { add(.wrongChange, detail) }
        if let last = receipt.members.last?.landed, last != receipt.landed {
            add(.wrongBase, "the last member ends at \(last.short), the landing at \(receipt.landed.short)")
        }
        return problems
    }

    /// The trees beside the landed one whose verdicts count: checks of a forge run on the heads that it merges.
    private func testedTrees(_ receipt: Receipt, written commit: ObjectID) async throws -> Set<ObjectID> {
        guard receipt.isByForge == true else { return [] }
        var trees: Set<ObjectID> = []
        for member in receipt.members {
            let entry = try await objects.treeEntry(Receipt.headsFolder + "/" + member.patch.text, in: commit)
            if let entry { trees.insert(entry) }
        }
        return trees
    }

    /// What the target required of a landing, by its own file at the base, and the receipt has no verdict on.
    ///
    /// What the configuration of a worker required beside it is not written anywhere, so it cannot be missed here.
    private func unjudged(_ receipt: Receipt) async throws -> [String] {
        guard try await objects.missing([receipt.base]).isEmpty else { return [] }
        let policy = try await TargetPolicy(
            of: receipt.target, at: receipt.base, objects: objects, git: try Settings.committedOnly(nil))
        if policy.file != receipt.policy {
            return ["it was judged by another \(CommittedFile.path) than that of its base \(receipt.base.short)"]
        }
        if let problem = policy.problem { return ["what its base required cannot be read: \(problem)"] }
        let judged = Set(receipt.verdicts.map(\.check))
        return policy.requiredChecks.filter { !judged.contains($0) }.map { "required check '\($0)' has no verdict" }
    }

    /// Takes the change of a revert back again and compares; `nil` when nothing differs, or the change is not written.
    private func wrongRevert(_ receipt: Receipt) async throws -> String? {
        guard let after = receipt.takesBack else { return "it names no patch and nothing that it takes back" }
        guard let before = receipt.takesBackTo, try await objects.missing([before, after]).isEmpty else { return nil }
        let merged = try await merger.apply(from: after, to: before, onto: receipt.base)
        guard case .clean(let expected) = merged else { return "taking \(after.short) back gives conflicts here" }
        let actual = try await objects.tree(of: receipt.landed)
        if expected == actual { return nil }
        let paths = try await shownPaths(from: expected, to: actual)
        return "taking \(after.short) back gives other content in \(paths.prefix(5).joined(separator: ", "))"
    }

    private func shownPaths(from expected: ObjectID, to actual: ObjectID) async throws -> [String] {
        try await objects.changedPaths(from: expected, to: actual).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Merges the member again and compares: what differs is missing, or came from nowhere. `nil` when nothing does.
    private func wrongChange(
        _ member: Receipt.Member, before: ObjectID, landed: ObjectID, written commit: ObjectID
    ) async throws -> String? {
        guard let from = member.from, try await objects.missing([from]).isEmpty,
            let head = try await objects.treeEntry(Receipt.headsFolder + "/" + member.patch.text, in: commit)
        else { return nil }
        let merged = try await merger.apply(from: from, to: head, onto: before)
        let actual = try await objects.tree(of: landed)
        switch merged {
        case .clean(let expected) where expected == actual: return nil
        case .clean(let expected):
            let paths = try await shownPaths(from: expected, to: actual)
            let names = paths.prefix(5).joined(separator: ", ") + (paths.count > 5 ? ", …" : "")
            return "patch \(member.patch.short) merged here would give other content in \(names)"
        case .conflicts(let paths):
            return "patch \(member.patch.short) does not merge here: \(paths.prefix(5).joined(separator: ", "))"
        }
    }
}

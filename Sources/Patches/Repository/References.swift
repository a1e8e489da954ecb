import Git2
import GitProcess
import GitValues

extension RepositoryView {
    /// Moves references together: every old value is compared under the locks, then all are written.
    ///
    /// - Parameter folder: a folder whose names the caller waits for afterwards.
    /// - Throws: a problem that names the reference when its value is another one or its lock is held; nothing has moved.
    func move(
        _ steps: [ReferenceStep], message: String, by identity: Identity, leaving folder: DiskPath? = nil
    ) async throws {
        guard !steps.isEmpty else { return }
        guard let files else { return try await moveWithGit(steps, message: message) }
        try files.move(steps.map(\.move), message: message, by: identity, leaving: folder?.text) {
            (id) throws(GitError) in
            try kind(of: id)
        }
    }

    /// The same through `git update-ref`, which has one transaction for objects and none for symbolic references.
    ///
    /// References that become or stay objects move first, in one transaction; HEAD changes its branch after that, and
    /// deletions come last, so that a crash in between leaves a state that recovery completes.
    private func moveWithGit(_ steps: [ReferenceStep], message: String) async throws {
        let symbolic = steps.filter { $0.new.isSymbolic || $0.old.isSymbolic }
        let plain = steps.filter { !($0.new.isSymbolic || $0.old.isSymbolic) }
        for step in symbolic where try await value(of: step.name) != step.old {
            throw PatchProblem(.changedMeanwhile, "cannot move '\(step.name)': something else moved it")
        }
        try await update(plain.filter { $0.new != .absent }, message: message)
        for step in symbolic {
            switch step.new {
            case .symbolic(let name):
                let words = step.switchMessage ?? message
                _ = try await git.output(["symbolic-ref", "-m", words, step.name.text, name.text])
            case .object(let id):
                _ = try await git.output(["update-ref", "--no-deref", "-m", message, step.name.text, id.hex])
            case .absent:
                _ = try await git.output(["symbolic-ref", "-d", step.name.text])
            }
        }
        try await update(plain.filter { $0.new == .absent }, message: message)
    }

    private func update(_ steps: [ReferenceStep], message: String) async throws {
        guard !steps.isEmpty else { return }
        var input = "start\n"
        for step in steps {
            switch (step.old, step.new) {
            case (.object(let old), .object(let new)): input += "update \(step.name) \(new) \(old)\n"
            case (_, .object(let new)): input += "create \(step.name) \(new)\n"
            case (.object(let old), _): input += "delete \(step.name) \(old)\n"
            default: break
            }
        }
        input += "prepare\ncommit\n"
        let result = try await git.run(
            ["update-ref", "--no-deref", "-m", message, "--stdin"], input: Array(input.utf8))
        if !result.succeeded {
            throw PatchProblem(.changedMeanwhile, "cannot move references: \(result.firstErrorLine)")
        }
    }
}

extension RecordedReference {
    var isSymbolic: Bool {
        if case .symbolic = self { return true }
        return false
    }
}

extension ReferenceStep {
    /// The step as one of the files of refs.
    var move: ReferenceMove {
        let before: ReferenceMove.Old =
            switch old {
            case .absent: .absent
            case .object(let id): .exactly(id)
            case .symbolic(let name): .symbolic(name)
            }
        let after: ReferenceMove.New =
            switch new {
            case .absent: .deleted
            case .object(let id): .object(id)
            case .symbolic(let name): .symbolic(name)
            }
        return ReferenceMove(name, from: before, to: after)
    }

    /// Git's own words when HEAD changes branches; `git switch -` reads them.
    fileprivate var switchMessage: String? {
        guard name == .head, case .symbolic(let next) = new else { return nil }
        switch old {
        case .symbolic(let last):
            return "checkout: moving from \(last.branch ?? last.text) to \(next.branch ?? next.text)"
        case .object(let id): return "checkout: moving from \(id.hex) to \(next.branch ?? next.text)"
        case .absent: return nil
        }
    }
}

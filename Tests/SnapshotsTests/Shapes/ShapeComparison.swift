import GitValues
import Snapshots
import SuiteTestSupport

/// Compares a capture with git in one repository.
struct ShapeComparison {
    let repository: TestRepository
    let steps: [String]

    /// Captures, asks git, and says what differs.
    func verdict(scope: CaptureRequest.Scope, inGitMode: Bool) async throws -> ShapeTests.Verdict {
        let arguments: [String]? =
            switch scope {
            case .staged: nil
            case .trackedOnly: ["add", "-u"]
            default: ["add", "-A"]
            }
        let before = try await repository.state()
        let truth: Truth?
        do {
            truth = try await Truth(of: repository, adding: arguments)
        } catch is GitRefuses {
            truth = nil
        }
        let capture: Capture
        do {
            capture = try await repository.capture {
                $0.scope = scope
                $0.requiresGitMode = inGitMode
                // Random bytes may look like secrets to the rails, which have tests of their own.
                $0.force = true
            }
        } catch {
            return truth == nil ? .notComparable : different("refused, git is not: \(error)")
        }
        guard let truth else { return different("captured by \(capture.engine), git refuses") }
        if try await repository.state() != before { return different("something of the user's changed") }
        let engine = "\(capture.engine) \(capture.engineReason ?? "")"
        if capture.tree != truth.tree {
            return different("\(engine): \(try await difference(capture.tree, truth.tree))")
        }
        // Git captures these, too, and only complains about them afterwards.
        let captured = ["gitattributesBlob", "gitattributesLarge", "gitattributesSymlink", "gitignoreSymlink"]
        let check = try await repository.tryGit(
            captured.flatMap { ["-c", "fsck.\($0)=ignore"] } + ["fsck", "--strict", "--no-dangling"])
        if !check.succeeded { return different("\(engine): \(check)") }
        if let index = capture.index, let words = try await difference(index, truth, capture) {
            return different("\(engine): \(words)")
        }
        return .equal(capture.engine)
    }

    private func different(_ words: String) -> ShapeTests.Verdict {
        .different(words + "\nsteps:\n  " + steps.joined(separator: "\n  "))
    }

    /// The first few paths that differ between two trees.
    private func difference(_ ours: ObjectID, _ theirs: ObjectID) async throws -> String {
        let mine = try await repository.tryGit(["ls-tree", "-r", "-t", ours.hex]).output.split(separator: "\n")
        return "tree \(ours.short) instead of \(theirs.short); ours holds:\n" + mine.prefix(40).joined(separator: "\n")
    }

    /// What is wrong with a prepared index: its entries, its trees, or what git thinks of its files.
    private func difference(_ index: PreparedIndex, _ truth: Truth, _ capture: Capture) async throws -> String? {
        if try await repository.listing(of: index) != truth.index { return "the prepared index lists other entries" }
        let inside = repository.with(environment: ["GIT_INDEX_FILE": index.path])
        let trees = try await inside.tryGit(["write-tree"])
        if trees.trimmed != capture.tree.hex { return "the prepared index has the tree \(trees)" }
        // A path at the top and deep ones invalidate what the index remembers; git must come to the same trees.
        let copy = index.path + ".copy"
        _ = try await runCommand(
            "cp", ["-p", index.path, copy], in: repository.path, environment: repository.environment)
        let probe = repository.with(environment: ["GIT_INDEX_FILE": copy])
        _ = try await probe.git(["read-tree", "--reset", capture.tree.hex])
        let again = try await probe.git("write-tree")
        return again == capture.tree.hex ? nil : "the trees of the prepared index are \(again)"
    }
}

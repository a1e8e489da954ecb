import GitValues
import Settings
import Store

extension Session {
    /// The name of the new branch: the one asked for, or the first free one made from the title.
    ///
    /// - Throws: `PatchProblem.branchExists` or `.badBranchName`.
    func chooseBranch(_ wish: String?, title: String, remote: String?) async throws -> String {
        if let wish = wish?.shortBranch {
            guard !wish.hasPrefix("refs/"), let name = ReferenceName(branch: wish) else {
                throw PatchProblem(
                    .badBranchName, "'\(wish)' is not a valid branch name",
                    hints: ["type 'git help check-ref-format' for the rules"])
            }
            try await requireFreePath(wish)
            if try await view.value(of: name) != .absent {
                throw PatchProblem(
                    .branchExists, "cannot create branch '\(wish)': it exists",
                    hints: ["choose another name with --branch, or add to that patch with 'git patch update' on it"])
            }
            return wish
        }
        let prefix = workspace.settings[PatchKeys.branchPrefix]
        try await requireFreePath(prefix + "x")
        for slug in BranchSlug.candidates(BranchSlug.make(from: title)).prefix(10_000) {
            let branch = prefix + slug
            guard let name = ReferenceName(branch: branch) else {
                throw PatchProblem(.badBranchName, "'\(branch)' is not a valid branch name")
            }
            if try await view.value(of: name) != .absent { continue }
            if let remote, let there = ReferenceName("refs/remotes/\(remote)/\(branch)"),
                try await view.reference(there) != nil
            {
                continue
            }
            if try store.openPatch(onBranch: branch) != nil { continue }
            return branch
        }
        throw PatchProblem(.branchExists, "no free branch name for '\(title)'", hints: ["choose one with --branch"])
    }

    /// Refuses a name below a branch: with files as references, `patch` is in the way of `patch/x`.
    private func requireFreePath(_ branch: String) async throws {
        for name in ReferenceName(branch: branch)?.parents ?? [] where try await view.value(of: name) != .absent {
            guard let parent = name.branch else { continue }
            throw PatchProblem(
                .branchExists, "cannot create branches below '\(parent)/': a branch '\(parent)' exists",
                hints: ["choose a name with --branch, or another prefix with: git config patch.branchPrefix wip/"])
        }
    }
}

extension String {
    /// A branch as users name it: `refs/heads/x` is `x`.
    var shortBranch: String { hasPrefix("refs/heads/") ? String(dropFirst(11)) : self }
}

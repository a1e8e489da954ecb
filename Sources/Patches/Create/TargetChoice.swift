import Git2
import GitValues
import Settings

/// The branch a patch should land on.
struct Target {
    /// The short name.
    var name: String
    /// Its newest known commit; absent in a repository without commits.
    var tip: ObjectID?
}

extension Session {
    /// Decides the target: the option, `patch.target`, the remote's default branch, `init.defaultBranch`, `main`,
    /// `master`, the current branch; the first that exists.
    ///
    /// - Throws: `PatchProblem.noTarget` when the one asked for, or every one, is missing.
    func chooseTarget(_ wish: String?, remote: String?, head: Head) async throws -> Target {
        if let wish = wish ?? workspace.settings[PatchKeys.target] {
            if let tip = try await tip(of: wish, remote: remote) { return Target(name: wish, tip: tip) }
            if head.commit == nil { return Target(name: wish, tip: nil) }
            let place = remote.map { ", neither here nor on '\($0)' when it was last fetched" } ?? ""
            throw PatchProblem(
                .noTarget, "there is no branch '\(wish)' to land on\(place)",
                hints: [(remote.map { "git fetch \($0), or " } ?? "") + "choose another with --target"])
        }
        var names: [String] = []
        if let remote, let name = ReferenceName("refs/remotes/\(remote)/HEAD"),
            case .symbolic(let target) = try await view.value(of: name)
        {
            names.append(String(target.text.dropFirst("refs/remotes/\(remote)/".count)))
        }
        if let usual = workspace.settings.string("init.defaultbranch") { names.append(usual) }
        names += ["main", "master"]
        if let branch = head.branch?.branch { names.append(branch) }
        for name in names {
            if let tip = try await tip(of: name, remote: remote) { return Target(name: name, tip: tip) }
        }
        if case .unborn(let name) = head { return Target(name: name.branch ?? "main", tip: nil) }
        throw PatchProblem(
            .noTarget, "it is not clear which branch the patch should land on",
            hints: ["name it once with --target BRANCH, or for good with: git config patch.target BRANCH"])
    }

    /// The newest known commit of a branch: on the remote as last seen, else here.
    private func tip(of branch: String, remote: String?) async throws -> ObjectID? {
        if let remote, let name = ReferenceName("refs/remotes/\(remote)/\(branch)"),
            let id = try await view.reference(name)
        {
            return id
        }
        guard let name = ReferenceName(branch: branch) else { return nil }
        return try await view.reference(name)
    }
}

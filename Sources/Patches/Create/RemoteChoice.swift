import GitValues
import Settings

extension Workspace {
    /// The names of the configured remotes, sorted.
    package var remotes: [String] {
        settings.subsections(of: "remote").filter { settings.string("remote.\($0).url") != nil }
    }

    /// The remote that a branch is pushed to, by git's own rules, then the sole one; `nil` when there is none.
    ///
    /// - Parameter branch: the short name of the branch HEAD is on.
    package func pushRemote(from branch: String?) -> String? {
        let names = remotes
        var wishes: [String?] = []
        if let branch { wishes.append(settings.string("branch.\(branch).pushremote")) }
        wishes.append(settings.string("remote.pushdefault"))
        if let branch { wishes.append(settings.string("branch.\(branch).remote")) }
        for wish in wishes {
            if let wish, names.contains(wish) { return wish }
        }
        if names.count == 1 { return names.first }
        return names.contains("origin") ? "origin" : nil
    }
}

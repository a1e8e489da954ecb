package import GitProcess
package import Settings

extension RemoteConnection {
    /// Finds the remote a command works with: the named one, else the branch's `pushRemote`, `remote.pushDefault`, the
    /// branch's `remote`, the only remote, `origin`.
    ///
    /// - Parameters:
    ///   - branch: the short name of the branch at hand, where there is one.
    ///   - settings: git's configuration.
    package static func choose(
        named explicit: String?, branch: String?, settings: Settings, git: GitProgram
    ) throws(RemoteProblem) -> RemoteConnection {
        let remotes = settings.subsections(of: "remote").filter { settings.string("remote.\($0).url") != nil }
        if let explicit {
            guard remotes.contains(explicit) || explicit.contains("/") || explicit.contains(":") else {
                throw .unknownRemote(explicit)
            }
            return RemoteConnection(name: explicit, git: git)
        }
        var wishes = [settings.string("remote.pushdefault")]
        if let branch {
            wishes.insert(settings.string("branch.\(branch).pushremote"), at: 0)
            wishes.append(settings.string("branch.\(branch).remote"))
        }
        for case let name? in wishes where remotes.contains(name) { return RemoteConnection(name: name, git: git) }
        if remotes.count == 1 { return RemoteConnection(name: remotes[0], git: git) }
        guard remotes.contains("origin") else { throw .noRemote(candidates: remotes) }
        return RemoteConnection(name: "origin", git: git)
    }
}

package import GitProcess
import GitValues

extension RemoteConnection {
    /// Finds the remote a command works with: the named one, else the branch's `pushRemote`, `remote.pushDefault`, the only
    /// remote, `origin`.
    ///
    /// - Parameter branch: the short name of the branch at hand, where there is one.
    package static func choose(named explicit: String?, branch: String?, git: GitProgram) async throws
        -> RemoteConnection
    {
        let remotes = try await git.output(["remote"]).lines
        if let explicit {
            guard remotes.contains(explicit) || explicit.contains("/") || explicit.contains(":") else {
                throw RemoteProblem.unknownRemote(explicit)
            }
            return RemoteConnection(name: explicit, git: git)
        }
        var preferred: [String] = []
        if let branch, let name = try await value("branch.\(branch).pushRemote", git) { preferred.append(name) }
        if let name = try await value("remote.pushDefault", git) { preferred.append(name) }
        if let name = preferred.first { return RemoteConnection(name: name, git: git) }
        if remotes.count == 1 { return RemoteConnection(name: remotes[0], git: git) }
        guard remotes.contains("origin") else { throw RemoteProblem.noRemote(candidates: remotes) }
        return RemoteConnection(name: "origin", git: git)
    }

    private static func value(_ key: String, _ git: GitProgram) async throws -> String? {
        let result = try await git.run(["config", "--get", key])
        return result.succeeded && !result.text.isEmpty ? result.text : nil
    }
}

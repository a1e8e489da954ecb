package import GitProcess
import GitValues

extension RemoteConnection {
    /// Finds the remote a command works with: the named one, else the branch's `pushRemote`, `remote.pushDefault`, the
    /// branch's `remote`, the only remote, `origin`.
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
        var keys = ["remote.pushDefault"]
        if let branch { keys = ["branch.\(branch).pushRemote", "remote.pushDefault", "branch.\(branch).remote"] }
        for key in keys {
            if let name = try await value(key, git), remotes.contains(name) {
                return RemoteConnection(name: name, git: git)
            }
        }
        if remotes.count == 1 { return RemoteConnection(name: remotes[0], git: git) }
        guard remotes.contains("origin") else { throw RemoteProblem.noRemote(candidates: remotes) }
        return RemoteConnection(name: "origin", git: git)
    }

    private static func value(_ key: String, _ git: GitProgram) async throws -> String? {
        let result = try await git.run(["config", "--get", key])
        return result.succeeded && !result.text.isEmpty ? result.text : nil
    }
}

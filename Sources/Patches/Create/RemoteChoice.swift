import GitValues
package import PlainRemote
import Settings

extension Workspace {
    /// The names of the configured remotes, sorted.
    package var remotes: [String] {
        settings.subsections(of: "remote").filter { settings.string("remote.\($0).url") != nil }
    }

    /// The remote that patches from a branch are pushed to, by the rules that all commands share; `nil` when there is
    /// no remote.
    ///
    /// - Parameters:
    ///   - branch: the short name of the branch HEAD is on.
    ///   - recorded: where earlier patches were pushed to.
    /// - Throws: `RemoteProblem.noRemote` with the names when there are several and none is preferred.
    package func pushRemote(from branch: String?, recorded: RecordedRemotes) throws(RemoteProblem) -> String? {
        if remotes.isEmpty { return nil }
        return try RemoteConnection.choose(
            named: nil, branch: branch, recorded: recorded, settings: settings, git: git
        ).name
    }
}

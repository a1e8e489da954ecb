package import GitProcess
package import Settings
package import Store

extension RemoteConnection {
    /// Finds the remote a command works with: the named one, else the one the patch at hand was pushed to, the branch's
    /// `pushRemote`, `remote.pushDefault`, the branch's `remote`, the only remote, the one all open patches are on,
    /// `origin`.
    ///
    /// - Parameters:
    ///   - branch: the short name of the branch at hand, where there is one.
    ///   - recorded: what the store knows of remotes.
    ///   - settings: git's configuration.
    package static func choose(
        named explicit: String?, branch: String?, recorded: RecordedRemotes = RecordedRemotes(), settings: Settings,
        git: GitProgram
    ) throws(RemoteProblem) -> RemoteConnection {
        let remotes = settings.subsections(of: "remote").filter { settings.string("remote.\($0).url") != nil }
        if let explicit {
            guard settings.hasRemote(explicit) else { throw .unknownRemote(explicit) }
            return RemoteConnection(name: explicit, git: git)
        }
        var wishes = [settings.string("remote.pushdefault")]
        if let branch {
            wishes.insert(settings.string("branch.\(branch).pushremote"), at: 0)
            wishes.append(settings.string("branch.\(branch).remote"))
        }
        wishes.insert(recorded.ofPatch, at: 0)
        for case let name? in wishes where remotes.contains(name) { return RemoteConnection(name: name, git: git) }
        if remotes.count == 1 { return RemoteConnection(name: remotes[0], git: git) }
        if let name = recorded.ofAll, remotes.contains(name) { return RemoteConnection(name: name, git: git) }
        guard remotes.contains("origin") else { throw .noRemote(candidates: remotes) }
        return RemoteConnection(name: "origin", git: git)
    }
}

/// The remotes that patches of this repository were pushed to.
package struct RecordedRemotes: Sendable {
    /// Where the patch at hand was pushed to.
    package var ofPatch: String?
    /// Where every open patch was pushed to; `nil` when there is none, or they are on several.
    package var ofAll: String?

    /// Creates what is known where there is no store.
    package init() {}

    /// Reads the store.
    ///
    /// - Parameter patch: the one at hand.
    package init(of patch: PatchRecord?, in store: borrowing Store) throws(StoreError) {
        ofPatch = patch?.remote
        let open = try store.patches().filter { $0.state != .landed && $0.state != .closed }
        let names = Set(open.compactMap(\.remote))
        ofAll = names.count == 1 ? names.first : nil
    }
}

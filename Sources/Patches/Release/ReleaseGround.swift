import Git2
import GitProcess
import GitValues
import PlainRemote
import Settings
import Snapshots
import Store

/// What a release is made from: the target at the remote, and the versions that are tagged.
struct ReleaseGround {
    /// A tag whose name is a version.
    struct VersionTag {
        var version: SemanticVersion
        var name: ReferenceName
        /// The tag object, or the commit of a lightweight tag.
        var object: ObjectID
        var commit: ObjectID

        var isAnnotated: Bool { object != commit }
    }

    var remote: String?
    var target: String
    var tip: ObjectID
    var isOffline = false
    var tagPrefix: String
    /// Tags of this repository.
    var here: [VersionTag] = []
    /// Tags at the remote; where it cannot be asked, or there is none, those of this repository.
    var there: [VersionTag] = []
    /// The names of all tags, of versions or not, here and at the remote.
    var tagNames: Set<ReferenceName> = []
    /// Branches at the remote, as far as they may be of releases.
    var branches: Set<ReferenceName> = []
}

extension Session {
    /// Looks at the target and the version tags, at the remote where it can be reached.
    ///
    /// - Returns: what a release stands on, and the configuration of the target's own `.gitpatch`.
    func releaseGround() async throws -> (ground: ReleaseGround, settings: Settings) {
        let head = try await view.head()
        let remote = try workspace.pushRemote(
            from: head.branch?.branch, recorded: try RecordedRemotes(of: nil, in: store))
        let target = try await chooseTarget(nil, remote: remote, head: head)
        guard var tip = target.tip else {
            throw PatchProblem(
                .noSuchRevision, "there is no commit to release on '\(target.name)'",
                hints: ["make one with: git patch \"what changes\""])
        }
        var tags: RemoteTags?
        if let remote {
            let connection = RemoteConnection(name: remote, git: workspace.git)
            do {
                let releases = "refs/heads/\(workspace.settings[PatchKeys.branchPrefix])release-*"
                let listed = try await connection.listWithTags(
                    ["refs/heads/\(target.name)", releases, "refs/tags/*"])
                tip = try await fetched(target.name, from: connection, listed)
                tags = listed
            } catch let problem as RemoteProblem where problem.isForWantOfConnection {
                workspace.say(.warning("\(problem); what is known here counts"))
            }
        }
        try await refuseShallow(tip)
        let settings = try await settings(at: tip, of: target.name)
        let prefix = settings[ReleaseKeys.tagPrefix]
        var ground = ReleaseGround(
            remote: remote, target: target.name, tip: tip, isOffline: remote != nil && tags == nil, tagPrefix: prefix)
        let local = try await localTags()
        ground.here = versionTags(local.references, local.peeled, prefix)
        ground.tagNames = Set(local.references.keys).union(
            tags.map { $0.references.keys.filter { $0.branch == nil } } ?? [])
        ground.there = tags.map { versionTags($0.references, $0.peeled, prefix) } ?? ground.here
        ground.branches = Set(tags.map { $0.references.keys.filter { $0.branch != nil } } ?? [])
        return (ground, settings)
    }

    /// The commit a branch has at the remote, brought here; remote-tracking branches follow as with any fetch.
    private func fetched(
        _ branch: String, from connection: RemoteConnection, _ listed: RemoteTags
    ) async throws -> ObjectID {
        guard let name = ReferenceName(branch: branch), let tip = listed.references[name] else {
            throw PatchProblem(
                .noTarget, "'\(connection.displayName)' has no branch '\(branch)' to release from",
                hints: ["push it, or choose another with: git config patch.target BRANCH"])
        }
        let result = try await workspace.git.run([
            "fetch", "-q", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance",
            "--",
            connection.name, name.text,
        ])
        guard result.succeeded, try await workspace.git.run(["cat-file", "-e", "\(tip)^{commit}"]).succeeded else {
            throw PatchProblem(
                .changedMeanwhile,
                "cannot fetch '\(branch)' from '\(connection.displayName)': "
                    + (result.succeeded ? "it moved meanwhile" : result.firstErrorLine), hints: ["try again"])
        }
        return tip
    }

    /// What is cut off cannot be searched for the last version.
    private func refuseShallow(_ tip: ObjectID) async throws {
        guard try await workspace.git.output(["rev-parse", "--is-shallow-repository"]).text == "true" else { return }
        throw PatchProblem(
            .unsupported, "the history is cut off here, so the last version is not known",
            hints: ["bring all of it: git fetch --unshallow"])
    }

    /// The configuration with the `.gitpatch` of a commit, which counts for what is made from that commit.
    private func settings(at commit: ObjectID, of branch: String) async throws -> Settings {
        let file = try await content(of: CommittedFile.path, at: commit)
        return try workspace.settings.with(
            committed: file.map { CommittedFile(bytes: $0.bytes, origin: "\(branch):\(CommittedFile.path)") })
    }

    private func localTags() async throws -> (
        references: [ReferenceName: ObjectID], peeled: [ReferenceName: ObjectID]
    ) {
        let format = "--format=%(objectname) %(*objectname) %(refname)"
        let result = try await workspace.git.output(["for-each-ref", format, "refs/tags/"])
        var references: [ReferenceName: ObjectID] = [:]
        var peeled: [ReferenceName: ObjectID] = [:]
        for line in result.lines {
            let fields = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3, let id = ObjectID(hex: fields[0]), let name = ReferenceName(fields[2]) else {
                continue
            }
            references[name] = id
            peeled[name] = ObjectID(hex: fields[1])
        }
        return (references, peeled)
    }

    private func versionTags(
        _ references: [ReferenceName: ObjectID], _ peeled: [ReferenceName: ObjectID], _ prefix: String
    ) -> [ReleaseGround.VersionTag] {
        let start = "refs/tags/" + prefix
        return references.compactMap { name, object in
            guard name.text.hasPrefix(start), let version = SemanticVersion(name.text.dropFirst(start.count)) else {
                return nil
            }
            return .init(version: version, name: name, object: object, commit: peeled[name] ?? object)
        }.sorted { $0.version.isHigher(than: $1.version) }
    }

    /// The tag of the highest version that the target has; `name` itself does not count.
    func lastTag(
        _ ground: ReleaseGround, besides name: ReferenceName? = nil
    ) async throws -> ReleaseGround.VersionTag? {
        for tag in ground.there where tag.name != name {
            if try await isInTarget(tag.commit, ground) { return tag }
        }
        return nil
    }

    /// Whether a commit, which need not be here, is in the history of the target, all of which is.
    func isInTarget(_ commit: ObjectID, _ ground: ReleaseGround) async throws -> Bool {
        if commit == ground.tip { return true }
        return try await workspace.git.run(["merge-base", "--is-ancestor", commit.hex, ground.tip.hex]).succeeded
    }

    /// A regular file of a commit; `nil` when there is none of that path.
    func content(of path: String, at commit: ObjectID) async throws -> (mode: String, bytes: [UInt8])? {
        let git = workspace.git.readOnly.plainPathspecs
        let listed = try await git.output(["ls-tree", "-z", "--full-tree", commit.hex, "--", path]).output
        guard let end = listed.firstIndex(of: 0x09) else { return nil }
        let fields = String(decoding: listed[..<end], as: UTF8.self).split(separator: " ")
        guard fields.count == 3, fields[0].hasPrefix("100") else { return nil }
        return (String(fields[0]), try await git.output(["cat-file", "blob", String(fields[2])]).output)
    }
}

extension RemoteProblem {
    /// Whether the remote may be there and could not be asked.
    fileprivate var isForWantOfConnection: Bool { if case .unreachable = self { true } else { false } }
}

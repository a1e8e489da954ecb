import GitProcess
import GitValues
import Settings
import Store

extension Session {
    /// What a release has to change in the files of a commit; `nil` when they hold the version already, or none is
    /// configured.
    func bump(
        _ settings: Settings, at commit: ObjectID, from last: SemanticVersion?, to version: SemanticVersion
    ) async throws -> Bump? {
        var files: [Bump.File] = []
        for file in settings[ReleaseKeys.versionFile] {
            let (mode, bytes) = try await regular(file.path, at: commit)
            guard let edited = try VersionText(file: file, bytes: bytes).replacing(last, with: version) else {
                continue
            }
            guard !files.contains(where: { $0.path == file.path }) else {
                throw PatchProblem(
                    .badRelease, "release.versionFile names '\(file.path)' twice", paths: [CommittedFile.path],
                    hints: ["leave one of them"])
            }
            files.append(Bump.File(path: file.path, mode: mode, bytes: edited))
        }
        if let path = settings[ReleaseKeys.changelog] {
            let (mode, bytes) = try await regular(path, at: commit)
            let date = Timestamp.now().day
            let changelog = Changelog(path: path, bytes: bytes)
            let prefix = settings[ReleaseKeys.tagPrefix]
            if let edited = try changelog.releasing(version, tagPrefix: prefix, on: date) {
                files.append(Bump.File(path: path, mode: mode, bytes: edited))
            }
        }
        return files.isEmpty ? nil : Bump(files: files)
    }

    /// The highest version that the files of a commit hold, as far as they can be read without knowing it.
    func heldVersion(_ settings: Settings, at commit: ObjectID) async throws -> (
        version: SemanticVersion, path: String
    )? {
        var held: (version: SemanticVersion, path: String)?
        for file in settings[ReleaseKeys.versionFile] {
            guard let content = try await content(of: file.path, at: commit),
                let version = VersionText(file: file, bytes: content.bytes).held
            else { continue }
            if held.map({ version.isHigher(than: $0.version) }) ?? true { held = (version, file.path) }
        }
        return held
    }

    /// The commit of the target with which the version came: the oldest one of its main line that has it, down from the
    /// newest. What landed after it belongs to the next version.
    func landing(
        of version: SemanticVersion, _ settings: Settings, after last: ReleaseGround.VersionTag?, in tip: ObjectID
    ) async throws -> ObjectID {
        let paths = settings[ReleaseKeys.versionFile].map(\.path) + [settings[ReleaseKeys.changelog]].compactMap { $0 }
        guard !paths.isEmpty else { return tip }
        let range = [tip.hex] + (last.map { ["^\($0.commit)"] } ?? [])
        let arguments = ["rev-list", "--first-parent"] + range + ["--"] + paths.map { ":(top,literal)\($0)" }
        var landing = tip
        for line in try await workspace.git.plainPathspecs.output(arguments).lines {
            guard let commit = ObjectID(hex: line) else { continue }
            do {
                guard try await bump(settings, at: commit, from: last?.version, to: version) == nil else { break }
            } catch let problem as PatchProblem where problem.code == .badRelease {
                break  // What is in those files there is something else.
            }
            landing = commit
        }
        return landing
    }

    /// The tree of a commit with the files of a bump in it.
    func tree(of commit: ObjectID, with bump: Bump, in folder: OperationFolder) async throws -> ObjectID {
        try Disk.makeDirectories(folder.scratch)
        let git = workspace.git.durable.using(indexFile: folder.scratch.appending("release").filePath)
        _ = try await git.output(["read-tree", commit.hex])
        var lines = ""
        for file in bump.files {
            let blob = try await git.output(["hash-object", "-w", "--stdin", "--no-filters"], input: file.bytes).text
            lines += "\(file.mode) \(blob)\t\(file.path)\0"
        }
        _ = try await git.output(["update-index", "-z", "--index-info"], input: Array(lines.utf8))
        guard let tree = ObjectID(hex: try await git.output(["write-tree"]).text) else {
            throw PatchProblem(.unsupported, "git write-tree gave no tree")
        }
        return tree
    }

    private func regular(_ path: String, at commit: ObjectID) async throws -> (mode: String, bytes: [UInt8]) {
        if let file = try await content(of: path, at: commit) { return file }
        throw PatchProblem(
            .badRelease, "there is no file '\(path)' in \(commit.short), which .gitpatch names", paths: [path],
            hints: ["add it, or mend the section [release] of .gitpatch, and have that land"])
    }
}

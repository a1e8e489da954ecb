import GitProcess
package import GitValues
package import Store

/// What was taken from the working tree.
package struct Captured: Sendable {
    package var tree: ObjectID
    package var engine: PatchRecord.Engine
    package var engineReason: String?
    /// What differs from HEAD, sorted by path.
    package var changes: [Change]
    /// A tree of contents that are staged and nowhere else.
    package var stagedOnly: ObjectID?
    /// The index it was made from; absent when there is none.
    package var indexBefore: FileIdentity?

    /// One changed path.
    package struct Change: Sendable, Hashable {
        package var path: [UInt8]
        package var kind: Character
    }
}

/// What is captured of the working tree.
package enum CaptureScope: Sendable, Equatable {
    case everything
    case trackedOnly
    case staged
    case pathspecs([String])
}

extension Session {
    /// Captures the working tree with git on a private index in the operation's folder.
    func capture(_ scope: CaptureScope, into folder: OperationFolder, head: ObjectID?) async throws -> Captured {
        let index = DiskPath(workspace.location.gitDirectory).appending("index")
        let before = FileIdentity.of(index)
        if before != nil { try Disk.copy(index, to: folder.indexAfter) }
        let git = workspace.git.using(indexFile: folder.indexAfter.filePath)
        var arguments = ["add"]
        switch scope {
        case .everything: arguments += ["-A"]
        case .trackedOnly: arguments += ["-u"]
        case .staged: arguments = []
        case .pathspecs(let specs): arguments += ["-A", "--"] + specs
        }
        if !arguments.isEmpty {
            let result = try await git.run(arguments)
            guard result.succeeded else { throw PatchProblem(.commandFailed, result.firstErrorLine) }
        }
        guard let tree = ObjectID(hex: try await git.output(["write-tree"]).text) else {
            throw PatchProblem(.unsupported, "git write-tree gave no tree")
        }
        let old: ObjectID
        if let head { old = head } else { old = try await view.emptyTree() }
        let diff = try await git.output(["diff-tree", "-r", "-z", "--name-status", "--no-renames", old.hex, tree.hex])
        let fields = diff.output.split(separator: 0)
        var changes: [Captured.Change] = []
        for position in stride(from: 0, to: fields.count - 1, by: 2) {
            let kind = Character(UnicodeScalar(fields[position].first ?? 0x3F))
            changes.append(.init(path: Array(fields[position + 1]), kind: kind))
        }
        return Captured(
            tree: tree, engine: .git, engineReason: "asked for", changes: changes, stagedOnly: nil, indexBefore: before)
    }
}

import GitProcess
package import GitValues

/// What one advertisement of a remote says about branches and tags.
package struct RemoteTags: Sendable {
    /// What each reference holds: a tag object, for an annotated tag.
    package var references: [ReferenceName: ObjectID] = [:]
    /// What each annotated tag leads to.
    package var peeled: [ReferenceName: ObjectID] = [:]
}

extension RemoteConnection {
    /// Lists references of the remote, and what annotated tags lead to.
    ///
    /// - Parameter patterns: as `git ls-remote` takes them.
    package func listWithTags(_ patterns: [String]) async throws -> RemoteTags {
        let result = try await child.run(["ls-remote", "--quiet", "--", name] + patterns)
        guard result.succeeded else { throw unreachable(result) }
        var found = RemoteTags()
        for line in result.lines {
            let fields = line.split(separator: "\t", maxSplits: 1)
            guard fields.count == 2, let id = ObjectID(hex: fields[0]) else { continue }
            if fields[1].hasSuffix("^{}"), let name = ReferenceName(fields[1].dropLast(3)) {
                found.peeled[name] = id
            } else if let name = ReferenceName(fields[1]) {
                found.references[name] = id
            }
        }
        return found
    }
}

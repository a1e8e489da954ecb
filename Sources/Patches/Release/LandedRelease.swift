import GitProcess
import GitValues
import Store

extension Session {
    /// The highest version whose patch has landed and which has no tag here; `nil` when there is none, or when a higher one
    /// is tagged.
    func landedRelease(among patches: [PatchRecord]) async throws -> SemanticVersion? {
        let landed = patches.filter { $0.state == .landed }.compactMap { ReleasePlan.version(ofTitle: $0.title) }
        guard let version = landed.max(by: { $1.isHigher(than: $0) }) else { return nil }
        let tags = try await workspace.git.readOnly.output([
            "for-each-ref", "--format=%(refname:strip=2)", "refs/tags/",
        ])
        let isTagged = tags.lines.contains { name in
            // Whatever stands before it: the prefix is the target's to name.
            guard let start = name.firstIndex(where: \.isNumber), let tagged = SemanticVersion(name[start...]) else {
                return name.hasSuffix(version.description)
            }
            return tagged == version || tagged.isHigher(than: version)
        }
        return isTagged ? nil : version
    }
}

import GitProcess
import GitValues

/// The repository's template for the text of pull requests, looked for where forges look for it.
enum PullTemplate {
    private static let places = [
        ".github/pull_request_template.md", "pull_request_template.md", "docs/pull_request_template.md",
        ".gitlab/merge_request_templates/default.md", ".forgejo/pull_request_template.md",
        ".gitea/pull_request_template.md",
    ]

    /// The text of the template in a commit; `nil` when there is none. Upper and lower case are equal, as on the forges.
    static func find(in commit: ObjectID, git: GitProgram) async throws -> String? {
        let folders = [".github/", "docs/", ".gitlab/merge_request_templates/", ".forgejo/", ".gitea/"]
        let listing = try await git.plainPathspecs
            .run(["ls-tree", "-z", "--name-only", commit.hex, "--", "."] + folders)
        guard listing.succeeded else { return nil }
        let paths = listing.output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        for place in places {
            guard let path = paths.first(where: { $0.lowercased() == place }) else { continue }
            let content = try await git.run(["cat-file", "blob", "\(commit.hex):\(path)"])
            if content.succeeded, !content.text.isEmpty { return content.text }
        }
        return nil
    }
}

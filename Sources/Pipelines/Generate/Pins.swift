/// The actions that generated workflows use, by the commit a release tag named on the date below.
///
/// The only place to change when a new release is taken: `tag` and `commit` of one line, and the date.
package enum Pins {
    /// When the commits were last compared with the tags.
    package static let date = "2026-11-25"

    /// One action at one release.
    package struct Pin: Sendable {
        package let action: String
        package let tag: String
        package let commit: String

        /// As a step names it, with the release as a comment.
        package var uses: String { "\(action)@\(commit) # \(tag)" }
    }

    package static let checkout = Pin(
        action: "actions/checkout", tag: "v7.0.1", commit: "3d3c42e5aac5ba805825da76410c181273ba90b1")
    package static let cacheRestore = Pin(
        action: "actions/cache/restore", tag: "v5.0.5", commit: "27d5ce7f107fe9357f9df03efb73ab90386fccae")
    package static let cacheSave = Pin(
        action: "actions/cache/save", tag: "v5.0.5", commit: "27d5ce7f107fe9357f9df03efb73ab90386fccae")
    package static let upload = Pin(
        action: "actions/upload-artifact", tag: "v7.0.0", commit: "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f")
    package static let download = Pin(
        action: "actions/download-artifact", tag: "v8.0.1", commit: "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c")

    package static let scanning = Pin(
        action: "github/codeql-action/upload-sarif", tag: "v4.36.2",
        commit: "8aad20d150bbac5944a9f9d289da16a4b0d87c1e")

    /// For Gitea and Forgejo: newer ones take every server but GitHub's own for one that cannot keep artifacts.
    package static let uploadElsewhere = Pin(
        action: "actions/upload-artifact", tag: "v3.2.1-node20", commit: "c24449f33cd45d4826c6702db7e49f7cdb9b551d")
    package static let downloadElsewhere = Pin(
        action: "actions/download-artifact", tag: "v3.1.0-node20", commit: "ad191675b41f6a5b46da9a048cb6893812da158b")

    package static let all = [checkout, cacheRestore, cacheSave, upload, download, scanning]
}

import GitProcess
import GitValues
import Settings

/// All files of a tree with their content's ids: what `input` patterns choose from.
struct TreeListing: Sendable {
    private struct Entry: Sendable {
        let path: [UInt8]
        /// The whole record: mode, kind, id and path.
        let record: [UInt8]
    }

    private let entries: [Entry]

    /// Reads the listing of a tree.
    static func of(_ tree: ObjectID, _ git: GitProgram) async throws -> TreeListing {
        let result = try await git.readOnly.output(["ls-tree", "-r", "-z", "--full-tree", tree.hex])
        return TreeListing(
            entries: result.output.split(separator: 0).compactMap { record in
                guard let tab = record.firstIndex(of: UInt8(ascii: "\t")) else { return nil }
                return Entry(path: Array(record[(tab + 1)...]), record: Array(record))
            })
    }

    /// A digest of the paths and contents that a pattern matches, and how many there are.
    func digest(_ pattern: PathPattern) -> (digest: String, count: Int) {
        var record: [UInt8] = []
        var count = 0
        for entry in entries where pattern.matches(entry.path) {
            record += entry.record + [0]
            count += 1
        }
        return (SHA256.hex(record), count)
    }
}

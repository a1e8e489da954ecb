package import GitValues

/// Objects that a workflow made itself, in one small pack: two files, where single ones are a file and often a folder each.
///
/// Git does not tidy them away while this value is held.
package final class PackedObjects: Sendable {
    /// One object: what it is, and its bytes.
    package enum Content: Sendable {
        case blob([UInt8])
        case tree([UInt8])
        case commit([UInt8])

        fileprivate var parts: (type: ObjectType, bytes: [UInt8]) {
            switch self {
            case .blob(let bytes): (.blob, bytes)
            case .tree(let bytes): (.tree, bytes)
            case .commit(let bytes): (.commit, bytes)
            }
        }
    }

    private let keep: PackKeep?

    /// Writes objects that are not there yet, and makes them visible.
    ///
    /// - Parameters:
    ///   - level: how hard to compress, as `pack.compression` counts.
    ///   - isWaitedFor: whether they are on the disk when this returns; without it no name comes before its content.
    ///   - words: one line for the mark that protects them, by which it is known when its process was killed.
    /// - Throws: `CaptureError`; then none of them is visible.
    package init(
        _ objects: [Content], in location: RepositoryLocation, level: Int, isWaitedFor: Bool, words: String
    ) throws {
        let directory = location.commonDirectory + "/objects"
        let writer = try PackWriter(objectDirectory: directory)
        do {
            var batch = try ObjectBatch(level: level)
            for (type, bytes) in objects.map(\.parts) {
                try bytes.withUnsafeBytes { try batch.append(type.digest(of: $0), type, $0) }
            }
            let (chunk, entries) = batch.take()
            try writer.add(chunk, entries)
        } catch {
            writer.discard()
            throw error
        }
        let pack = try writer.finish(keptWith: words, isWaitedFor: isWaitedFor)
        if isWaitedFor { try Files.sync(writer.folder) }
        if let pack, pack.size <= SmallPacks.largest { SmallPacks(objectDirectory: directory).note(pack.name) }
        keep = pack?.keep
    }

    /// Lets git tidy up what killed processes held, by the words of their marks.
    package static func letGoOfStale(in location: RepositoryLocation, _ isStale: (String) -> Bool) {
        PackKeep.removeStale(in: location.commonDirectory + "/objects", isStale)
    }
}

import Synchronization

/// Where new objects go: a pack, or nowhere in a dry run.
final class ObjectSink: Sendable {
    private enum Form: Sendable {
        case pack(PackWriter)
        case nowhere
    }

    private let form: Form
    private let store: ObjectStore
    /// The zlib level for objects.
    let level: Int
    /// Which objects were claimed, shared out so that workers seldom wait for each other.
    private let claims: [Claims]
    private let abandoned = Mutex<Set<Digest>>([])

    /// Opens a sink.
    init(store: ObjectStore, dryRun: Bool, levels: CompressionLevels) throws {
        self.store = store
        claims = (0..<16).map { _ in Claims() }
        if dryRun {
            form = .nowhere
            level = 0
        } else {
            do { form = .pack(try PackWriter(objectDirectory: store.directories[0])) } catch {
                guard error.code == .notWritable else { throw error }
                // Git writes a file for each object and does not need the folder.
                throw Preflight.Reason("the folder of packs cannot be written")
            }
            level = levels.pack
        }
    }

    /// Whether an object must be written: nobody else has claimed it, and it is not in the store. Claims it.
    func claim(_ digest: Digest) -> Bool {
        if case .nowhere = form { return false }
        return claims[digest.firstByte & 15].add(digest) && !store.freshen(digest)
    }

    /// Writes a claimed object through a worker's batch.
    func add(_ digest: Digest, _ type: ObjectType, _ content: UnsafeRawBufferPointer, _ batch: inout ObjectBatch) throws
    {
        switch form {
        case .nowhere: return
        case .pack(let writer):
            try batch.append(digest, type, content)
            if batch.isFull { try flush(&batch, writer) }
        }
    }

    /// Writes a claimed blob that comes in pieces.
    ///
    /// - Throws: `MovedFile` when the pieces do not make the blob any more; nothing is left of it then.
    func add(_ digest: Digest, _ pieces: FilePieces, _ batch: inout ObjectBatch) throws {
        do {
            switch form {
            case .nowhere: return
            case .pack(let writer):
                try writer.addStream(digest) { write in
                    var head: [UInt8] = []
                    PackEntryHeader.append(.blob, size: pieces.convertedSize, to: &head)
                    try head.withUnsafeBytes { try write($0) }
                    try batch.stream(digest, [], pieces, write)
                }
            }
            abandoned.withLock { _ = $0.remove(digest) }
        } catch {
            // Others may count on the blob already.
            abandoned.withLock { _ = $0.insert(digest) }
            claims[digest.firstByte & 15].remove(digest)
            throw error
        }
    }

    /// The blobs that were claimed and came to nothing: whoever named one while it was claimed has nothing to name.
    var abandonedBlobs: Set<Digest> { abandoned.withLock { $0 } }

    private final class Claims: Sendable {
        private let digests = Mutex<Set<Digest>>([])

        func add(_ digest: Digest) -> Bool { digests.withLock { $0.insert(digest).inserted } }

        func remove(_ digest: Digest) { digests.withLock { _ = $0.remove(digest) } }
    }

    /// Hands on what a worker still holds.
    func flush(_ batch: inout ObjectBatch) throws {
        if case .pack(let writer) = form { try flush(&batch, writer) }
    }

    private func flush(_ batch: inout ObjectBatch, _ writer: PackWriter) throws {
        let (chunk, entries) = batch.take()
        if !entries.isEmpty { try writer.add(chunk, entries) }
    }

    /// The folder of its pack; `nil` where nothing is written.
    var packFolder: String? {
        if case .pack(let writer) = form { writer.folder } else { nil }
    }

    /// Makes everything durable, then visible; the names in the folder of packs are still to be waited for.
    ///
    /// - Returns: what keeps git from tidying the pack away while nothing refers to it; `nil` where there is none.
    func finish() throws -> PackKeep? {
        guard case .pack(let writer) = form, let pack = try writer.finish(keptWith: PackKeep.ofPatch) else {
            return nil
        }
        if pack.size <= SmallPacks.largest { SmallPacks(objectDirectory: store.directories[0]).note(pack.name) }
        return pack.keep
    }

    /// Removes everything that has not become visible.
    func discard() {
        if case .pack(let writer) = form { writer.discard() }
    }
}

/// `core.compression` and the settings that refine it.
struct CompressionLevels: Sendable {
    let pack: Int

    /// Reads the level. Where nothing is set for packs it is that of objects in files of their own: ours stand in for them.
    init(_ configuration: GitConfiguration) {
        pack =
            configuration.integer("pack.compression").map(CompressionLevels.valid)
            ?? configuration.integer("core.compression").map(CompressionLevels.valid) ?? 1
    }

    private static func valid(_ level: Int) -> Int { (-1...9).contains(level) ? level : -1 }
}

/// One worker's compressor, and the entries it has not handed on yet.
struct ObjectBatch: ~Copyable {
    private var deflater: Deflater
    private var chunk: [UInt8] = []
    private var entries: [PackWriter.Entry] = []
    private var piece: [UInt8] = []

    /// Creates an empty batch.
    init(level: Int) throws { deflater = try Deflater(level: level) }

    /// Whether it is time to hand on.
    var isFull: Bool { chunk.count >= 1 << 20 }

    /// Adds an object as a pack entry.
    mutating func append(_ digest: Digest, _ type: ObjectType, _ content: UnsafeRawBufferPointer) throws {
        let start = chunk.count
        PackEntryHeader.append(type, size: content.count, to: &chunk)
        try deflater.append([content], to: &chunk)
        var checksum = CRC()
        chunk.withUnsafeBytes { checksum.update(UnsafeRawBufferPointer(rebasing: $0[start...])) }
        entries.append(.init(digest: digest, checksum: checksum.value, offset: start))
    }

    /// Takes out everything.
    mutating func take() -> ([UInt8], [PackWriter.Entry]) {
        defer {
            chunk = []
            entries = []
        }
        return (chunk, entries)
    }

    /// Compresses what comes in pieces behind a header.
    ///
    /// - Throws: `MovedFile` when the pieces have another digest than expected.
    mutating func stream(
        _ digest: Digest, _ header: [UInt8], _ pieces: FilePieces, _ write: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        if piece.isEmpty { piece = [UInt8](repeating: 0, count: 1 << 18) }
        deflater.begin()
        try header.withUnsafeBytes { try deflater.add($0, isLast: false, through: &piece, write) }
        var hash = SHA1(.blob, size: pieces.convertedSize)
        var isLast = false
        while !isLast {
            let next = try pieces.next()
            isLast = next.isLast
            hash.update(next.bytes)
            try next.bytes.withUnsafeBytes { try deflater.add($0, isLast: isLast, through: &piece, write) }
        }
        guard hash.digest() == digest else { throw MovedFile() }
    }
}

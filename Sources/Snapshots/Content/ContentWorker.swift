#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Looks at one file after another, with buffers and a compressor of its own.
struct ContentWorker: ~Copyable {
    /// What became of a file.
    enum Verdict {
        case read(ContentResult)
        case moved
        case unreadable
    }

    private let context: ContentPass.Context
    private let top: RawFile
    private var batch: ObjectBatch
    private var buffer: [UInt8] = []
    private static let attempts = 5

    /// Larger files are read in pieces.
    static let largeFile = 4 << 20

    init(_ context: ContentPass.Context) throws {
        guard let top = RawFile(reading: context.worktree) else { throw Files.error("open '\(context.worktree)'") }
        batch = try ObjectBatch(level: context.sink.level)
        self.context = context
        self.top = top
    }

    /// Hands on what is still held.
    mutating func finish() throws { try context.sink.flush(&batch) }

    /// Reads a file and writes its blob when the repository lacks it.
    mutating func look(at item: ContentItem, _ number: Int) throws -> Verdict {
        let name = (item.path + [0]).map { CChar(bitPattern: $0) }
        switch item.source {
        case .link: return try readLink(item, number, name)
        case .blob(let digest):
            let content = try context.store.read(digest, as: .blob)
            return .read(try content.withUnsafeBytes { try store($0, $0, item, number, nil) })
        case .file, .knownFile: break
        }
        var pause: UInt32 = 0
        for attempt in 1...ContentWorker.attempts {
            if pause > 0 { usleep(pause) }
            pause = UInt32(5_000 << attempt)
            let file = openat(top.descriptor, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
            guard file >= 0 else {
                switch errno {
                case EACCES, EPERM: return .unreadable
                case ENOENT, ENOTDIR, ELOOP, ENXIO: return .moved
                default: throw Files.error("read '\(item.path.text)'")
                }
            }
            var before = stat()
            guard fstat(file, &before) == 0, before.kind == S_IFREG else {
                close(file)
                return .moved
            }
            // Only when the next write would show can the two looks tell that there was none in between.
            let unsettled = FileStatus(before).unsettled
            if unsettled > 0 {
                close(file)
                // The clock may be late twice; who is told so once more waits for somebody who keeps writing.
                if attempt < 3 { pause = UInt32(unsettled / 1000) + 1 }
                continue
            }
            if before.st_size > ContentWorker.largeFile {
                let large = RawFile(adopting: file, path: item.path.text)
                do {
                    return try readLarge(item, number, large, FileStatus(before))
                } catch is MovedFile {
                    continue
                }
            }
            defer { close(file) }
            let count = try fill(file, Int(before.st_size), item)
            var after = stat()
            guard fstat(file, &after) == 0, count == Int(before.st_size), FileStatus(before) == FileStatus(after) else {
                continue
            }
            return .read(try take(item, number, count, FileStatus(before)))
        }
        return .moved
    }

    /// Reads a file that should have `size` bytes; returns how many there are, one more at most.
    private mutating func fill(_ file: Int32, _ size: Int, _ item: ContentItem) throws -> Int {
        if buffer.count <= size { buffer = [UInt8](repeating: 0, count: max(size + 1, buffer.count * 2, 1 << 12)) }
        return try buffer.withUnsafeMutableBytes { bytes in
            var filled = 0
            while filled <= size {
                let got = Files.retrying { read(file, bytes.baseAddress.map { $0 + filled }, size + 1 - filled) }
                if got < 0 { throw Files.error("read '\(item.path.text)'") }
                if got == 0 { break }
                filled += got
            }
            return filled
        }
    }

    private mutating func take(_ item: ContentItem, _ number: Int, _ count: Int, _ status: FileStatus) throws
        -> ContentResult
    {
        let buffer = buffer
        return try buffer.withUnsafeBytes { bytes in
            let raw = UnsafeRawBufferPointer(rebasing: bytes[..<count])
            if let converted = try converted(raw, item) {
                return try converted.withUnsafeBytes { try store($0, raw, item, number, status) }
            }
            return try store(raw, raw, item, number, status)
        }
    }

    /// The converted content; `nil` when it is the content as it is.
    private func converted(_ raw: UnsafeRawBufferPointer, _ item: ContentItem) throws -> [UInt8]? {
        var content: [UInt8]?
        switch item.conversion {
        case .none, .ident: break
        case .text, .automatic:
            if position(of: 0x0D, in: raw) != nil, try dropsReturns(TextStatistics(raw), item) {
                content = LineEndings.converted(Array(raw))
            }
        }
        if item.conversion.shortensIdent, position(of: UInt8(ascii: "$"), in: raw) != nil {
            content = IdentKeyword.shortened(content ?? Array(raw))
        }
        return content
    }

    /// Whether CR LF becomes LF: always in text; in what is only thought to be text, unless the index has CR LF already.
    private func dropsReturns(_ statistics: TextStatistics, _ item: ContentItem) throws -> Bool {
        guard statistics.pairs > 0 else { return false }
        guard case .automatic = item.conversion else { return true }
        if statistics.looksBinary { return false }
        guard let entry = item.entry else { return true }
        let known = try context.store.read(context.index.digest(entry), as: .blob)
        return known.withUnsafeBytes { bytes in
            let known = TextStatistics(bytes)
            return known.looksBinary || known.pairs == 0
        }
    }

    private mutating func store(
        _ content: UnsafeRawBufferPointer, _ raw: UnsafeRawBufferPointer, _ item: ContentItem, _ number: Int,
        _ status: FileStatus?
    ) throws -> ContentResult {
        let digest = ObjectType.blob.digest(of: content)
        let isNews = item.entry.map { context.index.digest($0) != digest } ?? true
        var finding: String?
        if context.searchesSecrets, isNews || item.isStaged {
            finding = SecretScan.finding(path: item.path, content: raw)
        }
        if isNews, !item.isOnlySearched, context.sink.claim(digest) {
            try context.sink.add(digest, .blob, content, &batch)
        }
        return ContentResult(
            item: number, digest: digest, status: status, size: Int64(content.count), finding: finding)
    }

    private mutating func readLink(_ item: ContentItem, _ number: Int, _ name: [CChar]) throws -> Verdict {
        var target = [UInt8](repeating: 0, count: 4097)
        let count = target.withUnsafeMutableBytes { bytes in
            bytes.bindMemory(to: CChar.self).baseAddress.map { readlinkat(top.descriptor, name, $0, bytes.count) } ?? -1
        }
        var after = stat()
        guard count >= 0, count < target.count, fstatat(top.descriptor, name, &after, AT_SYMLINK_NOFOLLOW) == 0,
            FileStatus(after).kind == .link
        else { return .moved }
        let status = FileStatus(after)
        return try target.withUnsafeBytes { bytes in
            let content = UnsafeRawBufferPointer(rebasing: bytes[..<count])
            return .read(try store(content, UnsafeRawBufferPointer(rebasing: bytes[..<0]), item, number, status))
        }
    }

    /// Names a large file piece by piece, and writes it in a second reading when the repository lacks it.
    private mutating func readLarge(
        _ item: ContentItem, _ number: Int, _ file: RawFile, _ status: FileStatus
    ) throws -> Verdict {
        let size = Int(status.size)
        let pieces = FilePieces(file, size: size, convertingPairs: try largePairs(item, file, size))
        var hash = SHA1(.blob, size: pieces.convertedSize)
        var finding: String?
        var isFirst = true
        var isLast = false
        while !isLast {
            let next = try pieces.next()
            isLast = next.isLast
            hash.update(next.bytes)
            if isFirst, context.searchesSecrets {
                finding = next.bytes.withUnsafeBytes { SecretScan.finding(path: item.path, content: $0) }
            }
            isFirst = false
        }
        let digest = hash.digest()
        let isNews = item.entry.map { context.index.digest($0) != digest } ?? true
        if isNews, !item.isOnlySearched, context.sink.claim(digest) {
            pieces.rewind()
            try context.sink.add(digest, pieces, &batch)
        }
        guard file.status == status else { throw MovedFile() }
        let isFinding = isNews || item.isStaged
        return .read(
            ContentResult(
                item: number, digest: digest, status: status, size: Int64(pieces.convertedSize),
                finding: isFinding ? finding : nil))
    }

    /// How many CR LF of a large file become LF, counted in a reading of its own.
    private func largePairs(_ item: ContentItem, _ file: RawFile, _ size: Int) throws -> Int {
        switch item.conversion {
        case .none: return 0
        case .ident:
            throw AttributeFiles.Obstacle(description: "'\(item.path.text)' is large and has the ident attribute")
        case .text, .automatic: break
        }
        if item.conversion.shortensIdent {
            throw AttributeFiles.Obstacle(description: "'\(item.path.text)' is large and has the ident attribute")
        }
        let pieces = FilePieces(file, size: size, convertingPairs: 0)
        var statistics = TextStatistics()
        var isLast = false
        while !isLast {
            let next = try pieces.next()
            isLast = next.isLast
            next.bytes.withUnsafeBytes { statistics.add($0) }
        }
        statistics.finish()
        return try dropsReturns(statistics, item) ? statistics.pairs : 0
    }
}

extension RawFile {
    /// The status of the open file; `nil` when the system does not tell.
    var status: FileStatus? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? FileStatus(status) : nil
    }
}

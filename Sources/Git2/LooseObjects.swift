import CZlib

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The objects that lie in files of their own.
///
/// Every release of libgit2 up to 1.9 waits forever for the rest of such a file when it was cut off.
struct LooseObjects {
    /// What a file holds.
    struct Header {
        /// `commit`, `tree`, `blob` or `tag`.
        let kind: String
        let size: Int
    }

    /// Why an object cannot be read.
    struct Damage: Error {
        let reason: String
    }

    /// The object directory and its alternates.
    let directories: [String]

    /// The ids of the objects that start with hexadecimal digits, at least two.
    func ids(startingWith digits: String) -> Set<String> {
        var result: Set<String> = []
        let folder = digits.prefix(2)
        for directory in directories {
            guard let stream = opendir("\(directory)/\(folder)") else { continue }
            defer { closedir(stream) }
            while let entry = readdir(stream) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
                }
                if name.utf8.count == 38, (folder + name).hasPrefix(digits) { result.insert(folder + name) }
            }
        }
        return result
    }

    /// Reads an object's kind and size; `nil` when no file of that id is there.
    func header(of hex: String) throws(Damage) -> Header? {
        try open(hex) { (inflater) throws(Damage) in try inflater.header() }
    }

    /// Reads an object; `nil` when no file of that id is there.
    ///
    /// - Parameter allocate: gives the memory for so many bytes, `nil` when there is none.
    func content(
        of hex: String, allocate: (Int) -> UnsafeMutableRawPointer?
    ) throws(Damage) -> (header: Header, bytes: UnsafeMutableRawPointer)? {
        try open(hex) { (inflater) throws(Damage) in
            let header = try inflater.header()
            guard let memory = allocate(header.size) else { throw Damage(reason: "there is no memory for it") }
            try inflater.content(header.size, into: memory)
            return (header, memory)
        }
    }

    private func open<Result>(_ hex: String, _ body: (Inflater) throws(Damage) -> Result) throws(Damage) -> Result? {
        for directory in directories {
            let path = "\(directory)/\(hex.prefix(2))/\(hex.dropFirst(2))"
            let content: [UInt8]?
            do { content = try readFile(path, "reading an object") } catch { throw Damage(reason: error.message) }
            guard let content else { continue }
            return try body(try Inflater(content))
        }
        return nil
    }
}

/// A zlib stream that ends with an error, never with a wait, when its input does.
private final class Inflater {
    private var stream = z_stream()
    private let input: UnsafeMutableBufferPointer<UInt8>
    private var start: [UInt8] = []
    private var hasEnded = false

    init(_ content: [UInt8]) throws(LooseObjects.Damage) {
        input = .allocate(capacity: max(content.count, 1))
        _ = input.update(fromContentsOf: content)
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(clamping: content.count)
        guard gitpatch_inflate_init(&stream) == Z_OK else { throw LooseObjects.Damage(reason: "zlib does not start") }
        // What does not fit zlib's counter would need to be fed in parts; git writes such files into packs.
        guard content.count <= Int(UInt32.max) else {
            throw LooseObjects.Damage(reason: "it is too large for a loose object")
        }
    }

    deinit {
        inflateEnd(&stream)
        input.deallocate()
    }

    /// Reads `kind size`, and keeps what came after it in the same piece.
    func header() throws(LooseObjects.Damage) -> LooseObjects.Header {
        var head = [UInt8](repeating: 0, count: 64)
        let count = head.withUnsafeMutableBytes { inflate(into: $0) }
        guard let end = head[..<count].firstIndex(of: 0) else {
            throw LooseObjects.Damage(reason: "its header is damaged")
        }
        let words = head[..<end].split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 2, let size = Int(String(decoding: words[1], as: UTF8.self)), size >= 0 else {
            throw LooseObjects.Damage(reason: "its header is damaged")
        }
        start = Array(head[(end + 1)..<count])
        return LooseObjects.Header(kind: String(decoding: words[0], as: UTF8.self), size: size)
    }

    /// Fills memory with exactly so many bytes, after which the stream must end.
    func content(_ size: Int, into memory: UnsafeMutableRawPointer) throws(LooseObjects.Damage) {
        let target = UnsafeMutableRawBufferPointer(start: memory, count: size)
        guard start.count <= size else { throw LooseObjects.Damage(reason: "it is longer than its header says") }
        target.copyBytes(from: start)
        let count = inflate(into: UnsafeMutableRawBufferPointer(rebasing: target[start.count...]))
        guard start.count + count == size else { throw LooseObjects.Damage(reason: "it is cut off") }
        var rest = [UInt8](repeating: 0, count: 1)
        let more = rest.withUnsafeMutableBytes { inflate(into: $0) }
        guard more == 0, hasEnded else { throw LooseObjects.Damage(reason: "it is cut off or has garbage at its end") }
    }

    /// Fills a buffer as far as the input goes; less when it was cut off or is no zlib stream.
    private func inflate(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var done = 0
        while done < buffer.count, !hasEnded {
            let room = min(buffer.count - done, 1 << 30)
            stream.next_out = buffer.baseAddress.map { ($0 + done).assumingMemoryBound(to: UInt8.self) }
            stream.avail_out = UInt32(room)
            let status = CZlib.inflate(&stream, Z_NO_FLUSH)
            done += room - Int(stream.avail_out)
            hasEnded = status == Z_STREAM_END
            // Without a byte more to read or an error there is nothing to wait for.
            if status != Z_OK || (stream.avail_in == 0 && stream.avail_out > 0) { break }
        }
        return done
    }
}

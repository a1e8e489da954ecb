/// What the bytes of a file say about its line endings, counted as git counts.
struct TextStatistics: Sendable {
    private(set) var zeros = 0
    private(set) var loneCarriageReturns = 0
    private(set) var lineFeeds = 0
    private(set) var pairs = 0
    private(set) var printable = 0
    private(set) var unprintable = 0
    private var pendingReturn = false
    private var last: UInt8 = 0

    /// Counts bytes in one piece.
    init(_ bytes: UnsafeRawBufferPointer) {
        add(bytes)
        finish()
    }

    /// Begins to count bytes that come in pieces.
    init() {}

    /// Counts a piece.
    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes {
            if pendingReturn {
                pendingReturn = false
                if byte == 0x0A {
                    pairs += 1
                    last = byte
                    continue
                }
                loneCarriageReturns += 1
            }
            last = byte
            switch byte {
            case 0x0D: pendingReturn = true
            case 0x0A: lineFeeds += 1
            case 0x7F: unprintable += 1
            case 0x08, 0x09, 0x1B, 0x0C: printable += 1
            case 0:
                zeros += 1
                unprintable += 1
            case 0..<0x20: unprintable += 1
            default: printable += 1
            }
        }
    }

    /// Ends the count. The end-of-file mark of old systems is no unprintable byte at the end.
    mutating func finish() {
        if pendingReturn { loneCarriageReturns += 1 }
        pendingReturn = false
        if last == 0x1A { unprintable -= 1 }
    }

    /// Whether automatic conversion keeps its hands off.
    var looksBinary: Bool { loneCarriageReturns > 0 || zeros > 0 || printable >> 7 < unprintable }
}

/// CR LF to LF.
enum LineEndings {
    /// Every carriage return right before a line feed is dropped.
    static func converted(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for index in bytes.indices {
            if bytes[index] == 0x0D, index + 1 < bytes.count, bytes[index + 1] == 0x0A { continue }
            result.append(bytes[index])
        }
        return result
    }
}

/// `$Id: …$` to `$Id$`.
enum IdentKeyword {
    /// Shortens every expanded keyword that ends on its own line.
    static func shortened(_ bytes: [UInt8]) -> [UInt8] {
        let mark = Array("$Id".utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            guard bytes[position] == mark[0], bytes[position...].starts(with: mark), position + 3 < bytes.count,
                bytes[position + 3] == UInt8(ascii: ":"), let end = end(bytes, after: position + 4)
            else {
                result.append(bytes[position])
                position += 1
                continue
            }
            result.append(contentsOf: Array("$Id$".utf8))
            position = end
        }
        return result
    }

    /// Behind the closing dollar sign; `nil` when a line ends before it.
    private static func end(_ bytes: [UInt8], after start: Int) -> Int? {
        guard let found = bytes[start...].firstIndex(where: { $0 == UInt8(ascii: "$") || $0 == 0x0A }) else {
            return nil
        }
        return bytes[found] == 0x0A ? nil : found + 1
    }
}

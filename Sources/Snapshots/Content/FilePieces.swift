/// A large file, read in pieces of bounded size, with line endings converted on the way where they must be.
///
/// Used by one worker at a time. What is read twice is the same only while the file does not change; the caller compares
/// digests.
final class FilePieces {
    /// The size of what comes out.
    let convertedSize: Int
    private let file: RawFile
    private let size: Int
    private let dropsReturns: Bool
    private var offset = 0
    private var pendingReturn = false

    private static let pieceSize = 1 << 20

    /// Creates a reader of a whole file of a known size.
    ///
    /// - Parameter pairs: how many CR LF become LF.
    init(_ file: RawFile, size: Int, convertingPairs pairs: Int) {
        self.file = file
        self.size = size
        convertedSize = size - pairs
        dropsReturns = pairs > 0
    }

    /// The next piece, and whether it is the last one.
    ///
    /// - Throws: `MovedFile` when the file ends too early.
    func next() throws -> (bytes: [UInt8], isLast: Bool) {
        let count = min(FilePieces.pieceSize, size - offset)
        let piece = try file.read(at: offset, count: count)
        guard piece.count == count else { throw MovedFile() }
        offset += count
        let isLast = offset == size
        return (dropsReturns ? converted(piece, isLast: isLast) : piece, isLast)
    }

    /// Begins again.
    func rewind() {
        offset = 0
        pendingReturn = false
    }

    private func converted(_ piece: [UInt8], isLast: Bool) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(piece.count + 1)
        for byte in piece {
            if pendingReturn && byte != 0x0A { result.append(0x0D) }
            pendingReturn = byte == 0x0D
            if byte != 0x0D { result.append(byte) }
        }
        if isLast && pendingReturn { result.append(0x0D) }
        return result
    }
}

/// A file that is not what it was a moment ago: the capture begins again.
struct MovedFile: Error {}

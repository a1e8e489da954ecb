import CZlib

/// A zlib compressor that is used for one object after another.
struct Deflater: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>

    /// Creates a compressor of a level: -1 is zlib's own choice, 0 stores, 9 is best.
    init(level: Int) throws {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard gitpatch_deflate_init(stream, Int32(level)) == Z_OK else {
            stream.deallocate()
            throw CaptureError(code: .inputOutput, operation: "start zlib", message: "no memory for level \(level)")
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// The most bytes that an input of a size can take.
    func bound(_ size: Int) -> Int { Int(deflateBound(stream, UInt(size))) + 64 }

    /// Compresses one whole object, given as a header and a content, behind what `output` holds.
    func append(_ parts: [UnsafeRawBufferPointer], to output: inout [UInt8]) throws {
        deflateReset(stream)
        let size = parts.reduce(0) { $0 + $1.count }
        let start = output.count
        let room = bound(size)
        output.append(contentsOf: repeatElement(0, count: room))
        var status = Z_OK
        output.withUnsafeMutableBytes { buffer in
            let bytes = buffer.bindMemory(to: UInt8.self)
            stream.pointee.next_out = bytes.baseAddress.map { $0 + start }
            stream.pointee.avail_out = UInt32(room)
            for (index, part) in parts.enumerated() {
                feed(part)
                status = deflate(stream, index == parts.count - 1 ? Z_FINISH : Z_NO_FLUSH)
            }
        }
        guard status == Z_STREAM_END else {
            throw CaptureError(code: .inputOutput, operation: "compress an object", message: "zlib says \(status)")
        }
        output.removeLast(Int(stream.pointee.avail_out))
    }

    /// Forgets the object before, to begin another one in pieces.
    func begin() { deflateReset(stream) }

    /// Compresses a piece of an object and hands on what comes out; the last piece ends the object.
    func add(
        _ piece: UnsafeRawBufferPointer, isLast: Bool, through buffer: inout [UInt8],
        _ write: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        feed(piece)
        while true {
            var status = Z_OK
            let filled = buffer.withUnsafeMutableBytes { output -> Int in
                stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
                stream.pointee.avail_out = UInt32(output.count)
                status = deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                return output.count - Int(stream.pointee.avail_out)
            }
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                throw CaptureError(code: .inputOutput, operation: "compress an object", message: "zlib says \(status)")
            }
            try buffer.withUnsafeBytes { try write(UnsafeRawBufferPointer(rebasing: $0.prefix(filled))) }
            if isLast ? status == Z_STREAM_END : filled < buffer.count { return }
        }
    }

    private func feed(_ bytes: UnsafeRawBufferPointer) {
        // zlib only reads its input; the field is mutable for want of const in its interface.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(bytes.count)
    }
}

/// The checksum of pack entries.
struct CRC: Sendable {
    private(set) var value: UInt32 = 0

    /// Takes in bytes.
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
        value = UInt32(truncatingIfNeeded: crc32_z(UInt(value), base, bytes.count))
    }
}

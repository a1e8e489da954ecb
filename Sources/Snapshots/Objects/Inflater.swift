import CZlib

/// Decompresses zlib data whose size is known.
enum Inflater {
    /// Where compressed bytes come from: called with a buffer to fill, returns how many; 0 is the end.
    typealias Source = (UnsafeMutableRawBufferPointer) throws -> Int

    /// Decompresses exactly `size` bytes; `nil` when the data are damaged or hold another number of bytes.
    static func inflate(size: Int, from source: Source) throws -> [UInt8]? {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        guard gitpatch_inflate_init(stream) == Z_OK else { return nil }
        defer { inflateEnd(stream) }
        var input = [UInt8](repeating: 0, count: min(max(size, 512), 1 << 16))
        var failure: (any Error)?
        var status = Z_OK
        // One byte more than expected tells data that are too long.
        let output = [UInt8](unsafeUninitializedCapacity: size + 1) { buffer, filled in
            stream.pointee.next_out = buffer.baseAddress
            stream.pointee.avail_out = UInt32(buffer.count)
            while status == Z_OK {
                do {
                    let got = try input.withUnsafeMutableBytes { try source($0) }
                    if got == 0 { break }
                    status = input.withUnsafeMutableBufferPointer { bytes in
                        stream.pointee.next_in = bytes.baseAddress
                        stream.pointee.avail_in = UInt32(got)
                        return CZlib.inflate(stream, Z_NO_FLUSH)
                    }
                    if stream.pointee.avail_out == 0 { break }
                } catch {
                    failure = error
                    break
                }
            }
            filled = buffer.count - Int(stream.pointee.avail_out)
        }
        if let failure { throw failure }
        return status == Z_STREAM_END && output.count == size ? output : nil
    }

    /// Decompresses data to exactly `size` bytes; `nil` when they are damaged or hold another number of bytes.
    static func inflate(_ data: [UInt8], size: Int) -> [UInt8]? {
        let bytes = prefix(data, limit: size + 1)
        return bytes.count == size ? bytes : nil
    }

    /// Decompresses the beginning of data, at most `limit` bytes.
    static func prefix(_ data: [UInt8], limit: Int) -> [UInt8] {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        guard gitpatch_inflate_init(stream) == Z_OK else { return [] }
        defer { inflateEnd(stream) }
        var data = data
        return data.withUnsafeMutableBufferPointer { bytes in
            [UInt8](unsafeUninitializedCapacity: limit) { buffer, filled in
                stream.pointee.next_in = bytes.baseAddress
                stream.pointee.avail_in = UInt32(bytes.count)
                stream.pointee.next_out = buffer.baseAddress
                stream.pointee.avail_out = UInt32(limit)
                _ = CZlib.inflate(stream, Z_SYNC_FLUSH)
                filled = limit - Int(stream.pointee.avail_out)
            }
        }
    }
}

import GitValues

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An open file, closed when nobody holds it any more.
final class RawFile: Sendable {
    /// The descriptor.
    let descriptor: Int32
    /// For messages.
    let path: String

    /// Opens a file for reading; `nil` when it cannot be.
    init?(reading path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        self.path = path
        if descriptor < 0 { return nil }
    }

    /// Creates a new file with a name that nobody has, beginning with a path, for writing and reading back.
    init(creating prefix: String, mode: mode_t) throws(CaptureError) {
        var template = Array((prefix + "XXXXXX").utf8CString)
        descriptor = mkstemp(&template)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard descriptor >= 0 else { throw Files.error("create a file '\(prefix)…'") }
        fchmod(descriptor, mode & ~Files.mask)
        SharedFiles.settle(descriptor, at: path)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    /// Takes over an open descriptor.
    init(adopting descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The number of bytes.
    var size: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Reads at an offset until the buffer is full or the file ends; returns how many bytes.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let got = Files.retrying { pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled)) }
            if got < 0 { throw Files.error("read '\(path)'") }
            if got == 0 { break }
            filled += got
        }
        return filled
    }

    /// Reads up to `count` bytes at an offset.
    func read(at offset: Int, count: Int) throws -> [UInt8] {
        var failure: (any Error)?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do {
                filled = try read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Writes all bytes at an offset.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
        var written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            let put = Files.retrying { pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + written)) }
            if put < 0 { throw Files.error("write '\(path)'") }
            written += put
        }
    }
}

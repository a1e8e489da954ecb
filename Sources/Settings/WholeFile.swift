import SystemPackage

/// Reads a regular file.
func readWholeFile(_ path: FilePath, options: FileDescriptor.OpenOptions = []) throws(Errno) -> [UInt8] {
    do {
        let file = try FileDescriptor.open(path, .readOnly, options: options.union([.closeOnExec, .nonBlocking]))
        return try file.closeAfter {
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 1 << 14)
            while true {
                let count = try chunk.withUnsafeMutableBytes { try file.read(into: $0) }
                if count == 0 { return bytes }
                bytes += chunk[..<count]
            }
        }
    } catch let error as Errno {
        throw error
    } catch {
        throw .ioError
    }
}

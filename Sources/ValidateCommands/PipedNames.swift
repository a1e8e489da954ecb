import Console
import SystemPackage
import Validation

/// What is piped into a command.
enum PipedNames {
    /// All bytes of standard input.
    ///
    /// - Throws: `SplitProblem.terminal` when nothing is piped in.
    static func read() throws -> [UInt8] {
        let input = FileDescriptor.standardInput
        if Terminal.of(descriptor: input.rawValue).isInteractive { throw SplitProblem.terminal }
        var bytes: [UInt8] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
        defer { buffer.deallocate() }
        while true {
            let count = try input.read(into: buffer)
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }
}

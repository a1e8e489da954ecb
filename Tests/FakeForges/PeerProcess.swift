import Foundation

/// The process at the other end of a connection on the loopback address.
enum PeerProcess {
    /// Whether this system tells whose a connection is.
    static var canBeFound: Bool { FileManager.default.fileExists(atPath: "/proc/net/tcp") }

    /// Ends whoever has the connection between two ports, as a power cut would.
    static func kill(from local: UInt16, to remote: UInt16) {
        guard let inode = inode(from: local, to: remote) else { return }
        let wanted = "socket:[\(inode)]"
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let process = Int32(name) else { continue }
            let folder = "/proc/\(name)/fd"
            for file in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(file)")
                if target == wanted {
                    Foundation.kill(process, SIGKILL)
                    return
                }
            }
        }
    }

    private static func inode(from local: UInt16, to remote: UInt16) -> Substring? {
        // Files of /proc have no size, which the usual ways of reading a file rely on.
        guard let data = FileManager.default.contents(atPath: "/proc/net/tcp") else { return nil }
        func hex(_ port: UInt16) -> String { ":" + String(format: "%04X", port) }
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[1].hasSuffix(hex(local)), fields[2].hasSuffix(hex(remote)) else { continue }
            return fields[9]
        }
        return nil
    }
}

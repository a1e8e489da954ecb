import Settings

/// A report that a check wrote (`check.NAME.report`), kept beside its log.
package struct KeptReport: Sendable {
    package let path: String
    package let bytes: [UInt8]

    /// Whether it is meant as SARIF: by its first member, whatever its name was.
    package var looksLikeSARIF: Bool {
        let head = String(decoding: bytes.prefix(4096), as: UTF8.self)
        return head.contains("\"runs\"") || head.contains("sarif")
    }

    private static let limit: Int64 = 64 << 20

    private static func folder(_ log: String) -> String { log + ".reports" }

    /// The reports kept of a check, of an earlier run where its verdict was reused.
    package static func all(of check: CheckReport) -> [KeptReport] {
        guard let log = check.log else { return [] }
        return Files.names(in: folder(log)).compactMap { name in
            let path = "\(folder(log))/\(name)"
            return Files.read(path).map { KeptReport(path: path, bytes: $0) }
        }
    }

    /// Keeps what a check wrote; what is no plain file or too large is left.
    static func keep(_ check: CheckDefinition, from worktree: String, log: String) {
        for (index, name) in check.reports.enumerated() {
            let path = "\(worktree)/\(name)"
            guard Files.kind(path) == .file, Files.size(path) <= limit, let bytes = Files.read(path) else { continue }
            Files.makeFolder(folder(log))
            Files.write(bytes, to: "\(folder(log))/\(index + 1)")
        }
    }
}

import Synchronization

/// What a scan of the working tree found.
struct ScanFindings: Sendable {
    /// A tracked file that may differ from its entry.
    struct Touched: Sendable {
        let entry: Int
        let status: FileStatus
    }

    /// A file or link the index does not have.
    struct Untracked: Sendable {
        let path: [UInt8]
        let status: FileStatus
    }

    /// In the order of the index.
    var touched: [Touched] = []
    /// Entries without a file, in the order of the index.
    var missing: [Int] = []
    /// Sorted by path.
    var untracked: [Untracked] = []
    /// What only git can judge.
    var obstacles: [String] = []

    /// Whether every file is as the index has it.
    var isEmpty: Bool { touched.isEmpty && missing.isEmpty && untracked.isEmpty }

    /// Adds what another part of the scan found.
    mutating func merge(_ other: ScanFindings) {
        touched += other.touched
        missing += other.missing
        untracked += other.untracked
        obstacles += other.obstacles
    }

    /// Sorts everything, so that the order of threads does not show.
    mutating func sort() {
        touched.sort { $0.entry < $1.entry }
        missing.sort()
        untracked.sort { comesBefore($0.path, $1.path) }
        obstacles.sort()
    }
}

/// Findings that many tasks add to.
final class SharedFindings: Sendable {
    private let findings = Mutex(ScanFindings())

    /// Adds what one task found.
    func add(_ more: ScanFindings) { findings.withLock { $0.merge(more) } }

    /// Everything, sorted.
    var sorted: ScanFindings {
        findings.withLock { findings in
            findings.sort()
            return findings
        }
    }
}

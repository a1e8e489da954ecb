import GitProcess
package import GitValues
package import Settings
import Store

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a background run is to do, as it is told on its standard input.
package struct RunJob: Codable, Sendable {
    package var id: RecordID
    /// The commit, or a tree.
    package var revision: ObjectID
    package var tree: ObjectID
    /// What the user calls it.
    package var name: String
    package var tier: Tier
    /// The changed paths, each in hexadecimal digits because paths are bytes; absent when every check is concerned.
    package var changed: [String]?
    package var objects: [VerdictClaim.Object]

    /// Creates a job.
    package init(
        id: RecordID, revision: ObjectID, tree: ObjectID, name: String, tier: Tier, changed: [[UInt8]]?,
        objects: [VerdictClaim.Object]
    ) {
        self.id = id
        self.revision = revision
        self.tree = tree
        self.name = name
        self.tier = tier
        self.changed = changed?.map { hexText($0) }
        self.objects = objects
    }

    /// The changed paths.
    package var changedPaths: [[UInt8]]? {
        changed?.map { text in
            let digits = Array(text.utf8)
            return stride(from: 0, to: digits.count - 1, by: 2).compactMap { index in
                UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16)
            }
        }
    }
}

/// A validation in a session of its own, on a leash: when we let go of it without a word it ends itself; told to go on
/// alone it does.
package final class BackgroundRun: Sendable {
    private let leash: Int32
    private let process: ProcessMark
    private let id: RecordID
    private let storeDirectory: String

    /// Starts the run.
    ///
    /// - Parameter program: the absolute path of `git-validate`.
    /// - Throws: `GitProcessError` when it cannot be started.
    package init(_ job: RunJob, program: String, storeDirectory: String) throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw GitProcessError(code: .notStarted, operation: program, message: String(cString: strerror(errno)))
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        do {
            // With our own reading end open, writing to a run that has died would never end.
            defer { close(ends[0]) }
            let started = try SessionProcess.startDetached(program, ["hook", "background"], input: ends[0])
            process = ProcessMark.of(started.pid)
        } catch {
            close(ends[1])
            throw error
        }
        do {
            let line = try JSONText.encode(job) + "\n"
            BackgroundRun.write(Array(line.utf8), to: ends[1])
        } catch {
            close(ends[1])
            throw error
        }
        leash = ends[1]
        id = job.id
        self.storeDirectory = storeDirectory
    }

    deinit { close(leash) }

    /// Lets the run go on after us.
    package func letGo() { BackgroundRun.write(Array("go on\n".utf8), to: leash) }

    /// What the run has noted so far; `nil` until it began.
    package var record: RunRecord? { RunRecord.read(id, in: storeDirectory) }

    /// Whether its process still runs.
    package var isAlive: Bool { process.isAlive }

    private static func write(_ bytes: [UInt8], to pipe: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { posixWrite(pipe, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }  // It has ended already; its record or the lack of one tells.
            rest = rest.dropFirst(count)
        }
    }
}

/// The other end of the leash: what a background run reads from its standard input.
package struct Leash: Sendable {
    /// Whether the run was told to go on alone before it could ask.
    private let isLetGo: Bool

    /// Reads the job, the first line; `nil` when there is none.
    package static func take() -> (job: RunJob, leash: Leash)? {
        guard let (line, rest) = firstLine(reading: { read(0, $0.baseAddress, $0.count) }),
            let job = try? JSONText.decode(RunJob.self, from: String(decoding: line, as: UTF8.self))
        else { return nil }
        return (job, Leash(isLetGo: !rest.isEmpty))
    }

    /// The first line without its end, and what was read behind it; `nil` when the input ends before that.
    ///
    /// - Parameter read: read(2): the count, 0 at the end, negative with the reason in `errno`.
    static func firstLine(
        reading read: (UnsafeMutableRawBufferPointer) -> Int
    ) -> (line: [UInt8], rest: [UInt8])? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = buffer.withUnsafeMutableBytes { read($0) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return nil }
            let block = buffer[..<count]
            if let end = block.firstIndex(of: UInt8(ascii: "\n")) {
                return (bytes + block[..<end], Array(block[(end + 1)...]))
            }
            bytes += block
        }
    }

    /// Ends this process as TERM would when the other end lets go without a word.
    package func hold() {
        if isLetGo { return }
        Interruption.raise(
            SIGTERM,
            when: {
                var byte: UInt8 = 0
                while true {
                    let count = read(0, &byte, 1)
                    if count < 0 && errno == EINTR { continue }
                    return count != 1
                }
            })
    }
}

#if canImport(Glibc)
    private let posixWrite = Glibc.write
#elseif canImport(Musl)
    private let posixWrite = Musl.write
#else
    private let posixWrite = Darwin.write
#endif

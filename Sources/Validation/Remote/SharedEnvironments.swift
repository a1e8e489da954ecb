import Environments
import GitProcess
import GitValues
import SystemPackage

/// Warm environments in the shared cache: what took one machine long to make, the others unpack.
///
/// A snapshot is one archive of tar, packed by zstd, or by gzip where that is missing, and cut into parts which are blobs of
/// the cache. As with verdicts it counts only when it is signed and whole; whatever goes wrong is a miss.
struct SharedEnvironments: Sendable {
    let cache: RemoteCache
    let store: EnvironmentStore
    let git: GitProgram
    /// The size of a part; others may have chosen a smaller one.
    var partSize = Self.largestPart

    var host: String { cache.host }

    /// How an archive is packed, by the name of its option of tar.
    enum Packing: String, Codable, CaseIterable { case zstd, gzip }

    /// What is recorded of a shared snapshot.
    struct Record: Codable {
        var version = 1
        var id: String
        var name: String
        var packing: Packing
        /// Seconds that its setup took.
        var seconds: Double
        var recorded: Timestamp
        /// What must be there when all parts are unpacked.
        var files: Int
        var bytes: Int64
        var parts: [Part]

        struct Part: Codable {
            var hash: String
            var size: Int64
        }
    }

    /// The largest part, and the most of them that are shared or taken: 4 GiB.
    static let largestPart = 8 << 20
    static let mostParts = 512

    private static func action(_ id: String, _ definition: EnvironmentDefinition) -> CheckAction {
        CheckAction(salt: "environment \(id)", run: definition.setup, timeout: TimeSpan(seconds: 3600))
    }

    private static func partName(_ number: Int) -> String { "part-\(number)" }

    /// Fetches a snapshot and keeps it; `false` for a miss, whatever the reason.
    func take(_ id: String, _ definition: EnvironmentDefinition) async -> Bool {
        let action = SharedEnvironments.action(id, definition)
        guard let (result, record) = cache.signed(Record.self, of: action, limit: 1 << 17), record.version == 1,
            record.id == id, record.name == definition.name, record.seconds >= 0,
            record.parts.count <= SharedEnvironments.mostParts
        else { return false }
        // Every part is named twice: in what is signed, and where the server sees that it is of use.
        let digests = (0..<record.parts.count).compactMap { result.files[SharedEnvironments.partName($0)] }
        guard digests.map(\.hash) == record.parts.map(\.hash), digests.map(\.size) == record.parts.map(\.size) else {
            return false
        }
        let unpacked: Void? = try? await store.withScratch { scratch in
            let archive = scratch + "/archive"
            guard fetch(digests, to: archive, within: max(10, record.seconds)) else { throw Miss() }
            try await tar(
                ["--extract", "--file", archive, "--\(record.packing)", "--no-same-owner", "--same-permissions"],
                in: try folder("\(scratch)/files"))
            try store.keep(
                id, name: definition.name, from: scratch + "/files", paths: definition.paths, seconds: record.seconds)
            guard let info = store.snapshot(id)?.info, info.files == record.files, info.bytes == record.bytes else {
                store.remove(id)
                throw Miss()
            }
        }
        return unpacked != nil
    }

    /// Shares a snapshot that is kept here and that the cache does not have.
    ///
    /// Its files are compared with the manifest before and after they are packed: a check may have written to one through
    /// a hard link, and others would take that for what the setup made.
    func offer(_ id: String, _ definition: EnvironmentDefinition) async {
        let action = SharedEnvironments.action(id, definition)
        guard cache.takesMore, let (files, info) = store.snapshot(id),
            cache.signed(Record.self, of: action, limit: 1 << 17)?.record.id != id, store.isWhole(id)
        else { return }
        // What cannot be packed or written is not shared, and made anew elsewhere.
        try? await store.withScratch { scratch in
            let archive = scratch + "/archive"
            guard let packing = await pack(definition.paths, of: files, into: archive), store.isWhole(id),
                let digests = send(archive)
            else { return }
            var result = ActionResult()
            for (number, digest) in digests.enumerated() {
                result.files[SharedEnvironments.partName(number)] = digest
            }
            let record = Record(
                id: id, name: definition.name, packing: packing, seconds: info.seconds, recorded: .now(),
                files: info.files, bytes: info.bytes, parts: digests.map { Record.Part(hash: $0.hash, size: $0.size) })
            result.completed = record.recorded
            cache.publish(record, as: result, of: action)
        }
    }

    private struct Miss: Error {}

    /// Packs paths by the first program that is there.
    private func pack(_ paths: [String], of files: String, into archive: String) async -> Packing? {
        for packing in Packing.allCases {
            let options = ["--create", "--file", archive, "--\(packing)", "--format", "posix", "--"]
            let done: Void? = try? await tar(options + paths, in: files)  // Without it the next is tried.
            if done != nil { return packing }
        }
        return nil
    }

    private func tar(_ arguments: [String], in folder: String) async throws {
        let result = try await HelperProgram.run(
            "tar", arguments, in: FilePath(folder), environment: git.environment)
        guard result.succeeded else { throw Miss() }
    }

    private func folder(_ path: String) throws -> String {
        guard Files.makeFolder(path) else { throw Miss() }
        return path
    }

    /// Writes all parts one after the other into a file; `false` when one is missing or not what it should be, or when it
    /// takes longer than the setup would.
    private func fetch(_ digests: [BlobDigest], to archive: String, within seconds: Double) -> Bool {
        let start = SuspendingClock().now
        let file = try? FileDescriptor.open(
            archive, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: .ownerReadWrite)
        guard let file else { return false }
        defer { try? file.close() }  // What was not written is found by tar.
        for digest in digests {
            guard !Task.isCancelled, (SuspendingClock().now - start).inSeconds < seconds,
                let bytes = cache.blob(digest, limit: SharedEnvironments.largestPart),
                (try? file.writeAll(bytes)) != nil
            else { return false }
        }
        return true
    }

    /// Writes a file into the cache part by part; `nil` when it is too large or the server does not take it.
    private func send(_ archive: String) -> [BlobDigest]? {
        let most = Int64(partSize * SharedEnvironments.mostParts)
        guard Files.size(archive) <= most,
            let file = try? FileDescriptor.open(archive, .readOnly, options: .closeOnExec)
        else { return nil }
        defer { try? file.close() }  // It was only read.
        var digests: [BlobDigest] = []
        while true {
            guard !Task.isCancelled, let part = read(file) else { return nil }
            if part.isEmpty { return digests }
            guard cache.keep(part) else { return nil }
            digests.append(BlobDigest(of: part))
        }
    }

    /// The next part of a file; empty at its end, `nil` when it cannot be read.
    private func read(_ file: FileDescriptor) -> [UInt8]? {
        var part = [UInt8](repeating: 0, count: partSize)
        var count = 0
        while count < partSize {
            let got = try? part.withUnsafeMutableBytes { buffer in
                try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
            }
            guard let got else { return nil }
            if got == 0 { break }
            count += got
        }
        return Array(part[..<count])
    }
}

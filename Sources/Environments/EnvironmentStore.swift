package import GitValues
import Store

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Snapshots of environments: folders that took long to make, kept under a name that says what they were made from.
///
/// A snapshot is a folder `<id>` with `files/`, `manifest` and `info.json`. It appears by one rename when it is whole, and
/// is never changed after that.
package struct EnvironmentStore: Sendable {
    /// Where the snapshots are.
    package let folder: String

    /// What is known of a snapshot.
    package struct Info: Sendable, Codable, Hashable {
        package var id: String
        /// The environment's name.
        package var name: String
        package var created: Timestamp
        package var files: Int
        package var bytes: Int64
        /// Seconds its setup took.
        package var seconds: Double
    }

    /// What came of a restoring.
    package struct Restoring: Sendable {
        package let placing: Placing
        package let files: Int
        package let bytes: Int64
    }

    /// Creates a store below `<common dir>/gitpatch`.
    package init(_ storeDirectory: String) { self.init(folder: storeDirectory + "/environments") }

    init(folder: String) { self.folder = folder }

    private func path(_ id: String) -> String { folder + "/" + id }

    /// Whether a snapshot is there.
    package func contains(_ id: String) -> Bool { FileFacts.of(path(id) + "/manifest")?.kind == .file }

    /// The folder that holds the files of a snapshot, and what is known of it; `nil` when it is not kept.
    package func snapshot(_ id: String) -> (files: String, info: Info)? {
        guard contains(id), let bytes = FileCalls.read(path(id) + "/info.json"),
            let info = try? JSONText.decode(Info.self, from: String(decoding: bytes, as: UTF8.self))
        else { return nil }
        return (path(id) + "/files", info)
    }

    /// Whether every file of a snapshot is as it was kept: nothing has written to one since, through a link say.
    package func isWhole(_ id: String) -> Bool {
        guard let manifest = FileCalls.read(path(id) + "/manifest").flatMap({ Manifest($0) }) else { return false }
        return manifest.entries.allSatisfy { entry in
            switch entry.facts.kind {
            case .file: FileFacts.of(path(id) + "/files/" + entry.path) == entry.facts
            case .link, .folder, .other: FileFacts.of(path(id) + "/files/" + entry.path)?.kind == entry.facts.kind
            }
        }
    }

    /// Runs a body with a folder of its own beside the snapshots, which is gone afterwards; also after a crash, later.
    package func withScratch<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> Result
    ) async throws -> Result {
        let scratch = "\(folder)/.new-\(getpid())-\(RecordID.make().text)"
        defer { FileCalls.remove(scratch) }
        try FileCalls.makeFolders(scratch)
        return try await body(scratch)
    }

    /// Whether what is kept leaves the folder it was in.
    enum Taking { case move, copy }

    /// Takes paths out of a folder and keeps them as a snapshot; the folder no longer has them.
    ///
    /// When another process has kept the same meanwhile, its snapshot stays.
    package func keep(_ id: String, name: String, from top: String, paths: [String], seconds: Double) throws {
        try keep(id, name: name, from: top, paths: paths, seconds: seconds, by: .move)
    }

    /// The same, by moving or by copying.
    ///
    /// - Throws: `EnvironmentProblem.changing` for a file that was written to while it was copied.
    func keep(
        _ id: String, name: String, from top: String, paths: [String], seconds: Double, by taking: Taking
    ) throws {
        let manifest = try Manifest(of: top, paths: paths)
        let staging = "\(folder)/.new-\(getpid())-\(RecordID.make().text)"
        defer { FileCalls.remove(staging) }
        try FileCalls.makeFolders(staging + "/files")
        for path in paths {
            let target = staging + "/files/" + path
            if let slash = target.lastIndex(of: "/") { try FileCalls.makeFolders(String(target[..<slash])) }
            if taking == .move { try FileCalls.move(top + "/" + path, to: target) }
        }
        if taking == .copy { try manifest.copy(from: top, to: staging + "/files") }
        let info = Info(
            id: id, name: name, created: .now(), files: manifest.fileCount, bytes: manifest.bytes, seconds: seconds)
        try FileCalls.write(Array(try JSONText.encode(info).utf8), to: staging + "/info.json")
        try FileCalls.write(manifest.data, to: staging + "/manifest")
        if rename(staging, path(id)) != 0, !contains(id) { throw FileProblem("cannot keep the environment '\(name)'") }
    }

    /// Puts a snapshot's files into a folder, each path by one rename once everything in it is there.
    ///
    /// Every file is compared with the manifest: one that was written to since makes the snapshot worthless.
    ///
    /// - Throws: `EnvironmentProblem.damaged` when a file is not as it was; `.inTheWay` when something is at a path.
    package func restore(
        _ id: String, into top: String, paths: [String], by choices: [Placing] = Placing.allCases
    ) throws -> Restoring {
        guard let manifest = FileCalls.read(path(id) + "/manifest").flatMap({ Manifest($0) }) else {
            throw EnvironmentProblem.damaged(id: id, path: "manifest")
        }
        utimes(path(id), nil)  // Tells when it was last of use; one whose time cannot be set is evicted earlier.
        let files = path(id) + "/files/"
        let mark = ".gitpatch-\(getpid())-\(RecordID.make().text)"
        var temporary: [(from: String, to: String)] = []
        defer { for item in temporary { FileCalls.remove(item.from) } }
        for path in paths {
            let target = top + "/" + path
            guard FileFacts.of(target) == nil else { throw EnvironmentProblem.inTheWay(path: path) }
            if let slash = target.lastIndex(of: "/") { try FileCalls.makeFolders(String(target[..<slash])) }
            temporary.append((target + mark, target))
        }
        var ways = choices
        var root = ""
        var folders: [(path: String, mode: UInt32)] = []
        for entry in manifest.entries {
            if !entry.path.hasPrefix(root + "/") || root.isEmpty { root = paths.first { entry.path == $0 } ?? root }
            let target = top + "/" + root + mark + entry.path.dropFirst(root.count)
            let source = files + entry.path
            switch entry.facts.kind {
            case .folder:
                try FileCalls.makeFolder(target, mode: 0o700)
                folders.append((target, entry.facts.mode))
            case .link:
                guard symlink(entry.target, target) == 0 else { throw FileProblem("cannot link '\(entry.path)'") }
            case .file:
                guard FileFacts.of(source) == entry.facts else {
                    throw EnvironmentProblem.damaged(id: id, path: entry.path)
                }
                while let way = ways.first, try !way.place(source, at: target, entry.facts) { ways.removeFirst() }
            case .other: throw EnvironmentProblem.damaged(id: id, path: entry.path)
            }
        }
        for folder in folders.reversed() { chmod(folder.path, mode_t(folder.mode)) }
        for item in temporary { try FileCalls.move(item.from, to: item.to) }
        return Restoring(placing: ways.first ?? .copy, files: manifest.fileCount, bytes: manifest.bytes)
    }

    /// All snapshots, the last used first, with when that was.
    package func list() -> [(info: Info, used: Timestamp)] {
        let names = ((try? FileCalls.names(in: folder)) ?? []).filter { !$0.hasPrefix(".") }
        return names.compactMap { name -> (info: Info, used: Timestamp)? in
            guard let bytes = FileCalls.read(path(name) + "/info.json"), let facts = FileFacts.of(path(name)),
                let info = try? JSONText.decode(Info.self, from: String(decoding: bytes, as: UTF8.self))
            else { return nil }
            return (info, Timestamp(seconds: facts.modifiedSeconds))
        }.sorted { ($0.used, $0.info.id) > ($1.used, $1.info.id) }
    }

    /// Removes a snapshot: out of sight by a rename first, so that nobody restores half of it.
    package func remove(_ id: String) {
        let gone = "\(folder)/.old-\(getpid())-\(RecordID.make().text)"
        if rename(path(id), gone) == 0 { FileCalls.remove(gone) }
    }

    /// Removes what was not used for long, the least recently used while all is too large, and what a crash left.
    ///
    /// - Returns: what was removed.
    @discardableResult
    package func prune(maxBytes: Int64, maxAge: TimeSpan, now: Timestamp = .now()) -> [Info] {
        var removed: [Info] = []
        var sum: Int64 = 0
        for item in list() {
            sum += item.info.bytes
            if sum > maxBytes || now.seconds(since: item.used) > maxAge.seconds {
                remove(item.info.id)
                sum -= item.info.bytes
                removed.append(item.info)
            }
        }
        for name in (try? FileCalls.names(in: folder)) ?? [] where name.hasPrefix(".new-") || name.hasPrefix(".old-") {
            let owner = name.split(separator: "-").dropFirst().first.flatMap { Int32($0) } ?? 0
            if owner != getpid(), owner <= 0 || kill(owner, 0) != 0 { FileCalls.remove(folder + "/" + name) }
        }
        return removed
    }

    /// How much is kept unless somebody says otherwise, and for how long without use.
    package static let defaultBytes: Int64 = 10 << 30
    package static let defaultAge = TimeSpan(seconds: 14 * 86_400)
}

/// Why an environment could not be kept or restored.
package enum EnvironmentProblem: ProblemReport {
    case notMade(path: String)
    case oddFile(path: String)
    case changing(path: String)
    case damaged(id: String, path: String)
    case inTheWay(path: String)
    case setupFailed(name: String, reason: String)
    case unknown(name: String, known: [String])
    case incomplete(name: String, key: String)

    package var problemCode: String {
        switch self {
        case .notMade: "not-made"
        case .oddFile: "odd-file"
        case .changing: "changing-file"
        case .damaged: "damaged-environment"
        case .inTheWay: "in-the-way"
        case .setupFailed: "setup-failed"
        case .unknown: "unknown-environment"
        case .incomplete: "incomplete-environment"
        }
    }

    package var exitStatus: Int32 {
        switch self {
        case .notMade, .oddFile, .changing, .setupFailed: 1
        case .damaged: 70
        case .inTheWay, .incomplete: 78
        case .unknown: 64
        }
    }

    package var description: String {
        switch self {
        case .notMade(let path): "the setup did not make '\(path)'"
        case .oddFile(let path): "'\(path)' is no file, folder or link, and cannot be kept"
        case .changing(let path): "'\(path)' was written to while it was copied"
        case .damaged(let id, let path): "'\(path)' of environment \(id.prefix(12)) is not as it was kept"
        case .inTheWay(let path):
            "'\(path)' is there already: a path of an environment must not be in the tree or kept otherwise"
        case .setupFailed(let name, let reason): "the setup of environment '\(name)' failed: \(reason)"
        case .unknown(let name, _): "environment '\(name)' is not defined"
        case .incomplete(let name, let key): "environment '\(name)' has no '\(key)'"
        }
    }

    package var hints: [String] {
        switch self {
        case .unknown(let name, let known):
            known.isEmpty
                ? ["add [environment \"\(name)\"] with 'setup' and 'path' to .gitpatch"]
                : ["defined are: \(known.joined(separator: ", "))"]
        case .damaged: ["type 'git validate env warm' to make it anew"]
        case .inTheWay: ["name a path in [environment] that only its setup makes"]
        case .setupFailed(let name, _): ["mend 'setup' of [environment \"\(name)\"] in .gitpatch, or what it needs"]
        case .oddFile: ["have the setup remove it, or name other paths in [environment]"]
        case .notMade: ["have the setup make it, or take it out of 'path' in [environment]"]
        case .incomplete(let name, let key): ["add '\(key) = …' to [environment \"\(name)\"] in .gitpatch"]
        default: []
        }
    }
}

import GitProcess
import GitValues
import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The guard rails of git mode: before `git add` on what is untracked, after it on what would be committed.
struct GitModeRails: Sendable {
    let request: CaptureRequest
    let session: GitSession

    /// Untracked, unignored paths; a nested repository comes with a slash at its end.
    func untracked(pathspecs: [String]) async throws -> [[UInt8]] {
        let git = pathspecs.isEmpty ? session.git : session.inPrefix(request.location)
        let list = ["ls-files", "--others", "--exclude-standard", "-z", "--full-name", "--"]
        let result = try await git.run(list + pathspecs)
        guard result.succeeded else {
            if !pathspecs.isEmpty, try await session.git.run(list).succeeded {
                throw CaptureRefusal.badPathspec(result.firstErrorLine)
            }
            throw CaptureError(git: result.firstErrorLine, during: "list untracked files")
        }
        return result.output.split(separator: 0).map(Array.init)
    }

    /// Refuses nested repositories without a commit, and finds, unless forced, files that are too large, before git
    /// reads a byte of them.
    ///
    /// - Parameter staged: files that are new in the index and so no longer untracked.
    func largeFiles(pathspecs: [String], staged: [[UInt8]] = []) async throws -> [CaptureRefusal.NamedSize] {
        let untracked = try await untracked(pathspecs: pathspecs)
        try await refuseNested(untracked.filter { $0.last == UInt8(ascii: "/") })
        let paths = (untracked + staged).sorted(by: comesBefore)
        guard !request.force else { return [] }
        let large = paths.compactMap { path -> CaptureRefusal.NamedSize? in
            guard let found = FileIdentity(of: path, in: request.location.worktree),
                !request.limits.allows(path)
            else { return nil }
            return found.size > request.limits.maxFileSize.bytes
                ? .init(path: path.text, size: ByteSize(bytes: found.size)) : nil
        }
        return try await withoutFilter(large)
    }

    /// Refuses, unless forced, what must not be committed unawares: everything that all rails find, at once.
    ///
    /// - Parameter known: files that are too large and not among the changes.
    func check(_ changes: [TreeDifference], _ known: [CaptureRefusal.NamedSize]) async throws {
        guard !request.force else { return }
        let candidates = changes.filter { $0.isFile && !request.limits.allows($0.path) }
        let added = candidates.filter { $0.oldID == nil }
        let large = added.filter { $0.bytes > request.limits.maxFileSize.bytes }
            .map { CaptureRefusal.NamedSize(path: $0.path.text, size: ByteSize(bytes: $0.bytes)) }
            .filter { file in !known.contains { $0.path == file.path } }
        let refusal = CaptureRefusal.findings(
            secrets: request.limits.checksSecrets ? try await secrets(candidates) : [], large: known + large,
            limit: request.limits.maxFileSize,
            generated: request.limits.checksGenerated
                ? try await generated(Array(Set(added.map(\.path) + known.map { Array($0.path.utf8) }))) : [])
        if let refusal { throw refusal }
    }

    /// Folders of generated files that HEAD does not have.
    private func generated(_ added: [[UInt8]]) async throws -> [CaptureRefusal.NamedCount] {
        var found = GeneratedFolders.find(in: added)
        for (index, folder) in found.enumerated().reversed() {
            let known = try await session.git.run(["rev-parse", "-q", "--verify", "HEAD:\(folder.path)"])
            if known.succeeded { found.remove(at: index) }
        }
        return found
    }

    /// Which untracked or changed files of the worktree cannot be opened.
    func unreadable() async throws -> [String] {
        let result = try await session.git.captured(
            ["ls-files", "--others", "--modified", "--exclude-standard", "-z"], step: "list changed files")
        return result.output.split(separator: 0).map { Array($0) }.filter { path in
            guard Files.status(of: path, in: request.location.worktree)?.kind == S_IFREG else { return false }
            return Files.withName(path, in: request.location.worktree) { access($0, R_OK) } != 0
        }.map(\.text)
    }

    private func refuseNested(_ paths: [[UInt8]]) async throws {
        var empty: [String] = []
        for path in paths {
            var git = request.git
            git.directory =
                Files.withName(path, in: request.location.worktree) { FilePath(platformString: $0) }
                ?? git.directory
            git.environment = git.environment.withoutRepository()
            if try await !git.run(["rev-parse", "-q", "--verify", "HEAD"]).succeeded { empty.append(path.text) }
        }
        if !empty.isEmpty { throw CaptureRefusal.nestedRepository(empty) }
    }

    /// Drops files with a clean filter: what is committed of them, a pointer maybe, has another size.
    private func withoutFilter(_ files: [CaptureRefusal.NamedSize]) async throws -> [CaptureRefusal.NamedSize] {
        if files.isEmpty { return [] }
        let result = try await session.git.captured(
            ["check-attr", "-z", "--stdin", "filter"], input: Array(files.map { $0.path + "\0" }.joined().utf8),
            step: "read attributes")
        let fields = result.output.split(separator: 0, omittingEmptySubsequences: false).map { Array($0).text }
        let filtered = stride(from: 0, to: fields.count - 2, by: 3)
            .filter { !["unspecified", "unset", "set"].contains(fields[$0 + 2]) }.map { fields[$0] }
        return files.filter { !filtered.contains($0.path) }
    }

    /// A larger blob is not taken out of the repository to be searched.
    private static let largestSearched: Int64 = 64 << 20

    /// A finding that HEAD's version of the file has too is no news.
    private func secrets(_ changes: [TreeDifference]) async throws -> [CaptureRefusal.NamedFinding] {
        let news = changes.filter { $0.bytes > 0 && $0.bytes <= GitModeRails.largestSearched && $0.newID != $0.oldID }
        let small = news.filter { $0.bytes <= Int64(SecretScan.reach) }
        let large = news.filter { $0.bytes > Int64(SecretScan.reach) }
        var findings: [CaptureRefusal.NamedFinding] = []
        let batches = stride(from: 0, to: small.count, by: 64).map { small[$0..<min($0 + 64, small.count)] }
        for batch in batches + large.map({ [$0] }) {
            let contents = try await contents(of: batch.compactMap(\.newID))
            for change in batch {
                guard let id = change.newID, let content = contents[id],
                    let finding = SecretScan.finding(path: change.path, content: content)
                else { continue }
                if let old = change.oldID, let before = try await self.contents(of: [old])[old],
                    SecretScan.finding(path: change.path, content: before) == finding
                {
                    continue
                }
                findings.append(.init(path: change.path.text, finding: finding))
            }
        }
        return findings
    }

    private func contents(of ids: [ObjectID]) async throws -> [ObjectID: [UInt8]] {
        let input = Array(ids.map { $0.hex + "\n" }.joined().utf8)
        let result = try await session.git.captured(
            ["cat-file", "--batch=%(objectname) %(objectsize)"], input: input, step: "read objects")
        var contents: [ObjectID: [UInt8]] = [:]
        var rest = result.output[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let parts = String(decoding: rest[..<end], as: UTF8.self).split(separator: " ")
            guard parts.count == 2, let id = ObjectID(hex: parts[0]), let size = Int(parts[1]) else { break }
            contents[id] = Array(rest[(end + 1)...].prefix(size))
            rest = rest[(end + 1)...].dropFirst(size + 1)
        }
        return contents
    }
}

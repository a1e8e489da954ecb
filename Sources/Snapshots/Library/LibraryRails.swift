import GitValues

/// The guard rails of library mode.
struct LibraryRails: Sendable {
    let work: LibraryWork

    /// A file HEAD does not have.
    private struct Added {
        let path: [UInt8]
        let size: Int64
    }

    /// Refuses new files that are too large and generated ones, before any content is read.
    func checkNames() throws {
        let added = added().filter { !work.limits.allows($0.path) }
        let large = added.filter { $0.size > work.limits.maxFileSize.bytes }
            .map { CaptureRefusal.NamedSize(path: $0.path.text, size: ByteSize(bytes: $0.size)) }
        if !large.isEmpty { throw CaptureRefusal.tooLarge(large, limit: work.limits.maxFileSize) }
        guard work.limits.checksGenerated else { return }
        let folders = try GeneratedFolders.find(in: added.map(\.path)).filter { try !isInHead($0.path) }
        if !folders.isEmpty { throw CaptureRefusal.generated(folders) }
    }

    /// Refuses likely secrets; one that HEAD's version of the file has too is no news.
    func checkSecrets(_ results: [ContentResult]) throws {
        var findings: [CaptureRefusal.NamedFinding] = []
        for result in results {
            let item = work.items[result.item]
            guard let finding = result.finding, !work.limits.allows(item.path) else { continue }
            if let head = work.head(item.path, entry: item.entry), head.mode & 0o170000 == 0o100000,
                SecretScan.finding(path: item.path, content: try work.plan.store.read(head.digest, as: .blob))
                    == finding
            {
                continue
            }
            findings.append(.init(path: item.path.text, finding: finding))
        }
        if !findings.isEmpty { throw CaptureRefusal.secrets(findings.sorted { $0.path < $1.path }) }
    }

    private func added() -> [Added] {
        var added: [Added] = []
        for file in work.findings.untracked where work.head(file.path, entry: nil) == nil {
            added.append(Added(path: file.path, size: file.status.kind == .regular ? file.status.size : 0))
        }
        guard !work.staged.isEmpty else { return added }
        let missing = Set(work.findings.missing)
        let touched = Dictionary(work.findings.touched.map { ($0.entry, $0.status.size) }) { first, _ in first }
        for difference in work.staged.values where difference.head == nil {
            guard let entry = difference.entry, !missing.contains(entry) else { continue }
            let known = work.plan.index.withEntry(entry) { Int64($0.size) }
            added.append(Added(path: difference.path, size: touched[entry] ?? known))
        }
        return added.sorted { comesBefore($0.path, $1.path) }
    }

    /// Whether HEAD has something at a path.
    private func isInHead(_ path: String) throws -> Bool {
        guard var tree = work.plan.head.tree else { return false }
        for name in path.utf8.split(separator: UInt8(ascii: "/")) {
            let lines = TreeObject.lines(try work.plan.store.read(tree, as: .tree)) ?? []
            guard let line = lines.first(where: { $0.name.elementsEqual(name) }), line.isFolder else { return false }
            tree = line.digest
        }
        return true
    }
}

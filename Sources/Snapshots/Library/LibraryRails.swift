import GitValues

/// The guard rails of library mode.
struct LibraryRails: Sendable {
    let work: LibraryWork

    /// A file HEAD does not have.
    private struct Added {
        let path: [UInt8]
        let size: Int64
    }

    /// What is known of new files before any content is read.
    struct Names: Sendable {
        var large: [CaptureRefusal.NamedSize] = []
        var generated: [CaptureRefusal.NamedCount] = []
        var isEmpty: Bool { large.isEmpty && generated.isEmpty }
    }

    /// Finds new files that are too large and generated ones.
    func names() throws -> Names {
        let added = added().filter { !work.limits.allows($0.path) }
        let large = added.filter { $0.size > work.limits.maxFileSize.bytes }
            .map { CaptureRefusal.NamedSize(path: $0.path.text, size: ByteSize(bytes: $0.size)) }
        guard work.limits.checksGenerated else { return Names(large: large) }
        let folders = try GeneratedFolders.find(in: added.map(\.path)).filter { try !isInHead($0.path) }
        return Names(large: large, generated: folders)
    }

    /// Refuses with everything that all rails found; a secret that HEAD's version of the file has too is no news.
    func check(_ names: Names, _ results: [ContentResult]) throws {
        let refusal = CaptureRefusal.findings(
            secrets: try secrets(results) + secretsAtTheBeginning(of: names.large), large: names.large,
            limit: work.limits.maxFileSize,
            generated: names.generated)
        if let refusal { throw refusal }
    }

    private func secrets(_ results: [ContentResult]) throws -> [CaptureRefusal.NamedFinding] {
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
        return findings
    }

    /// Looks where secrets stand in files that nobody reads whole.
    private func secretsAtTheBeginning(of files: [CaptureRefusal.NamedSize]) -> [CaptureRefusal.NamedFinding] {
        guard work.limits.checksSecrets else { return [] }
        return files.compactMap { file in
            // A file that went away or may not be read is refused for its size all the same.
            guard let open = RawFile(reading: work.worktree + "/" + file.path),
                let start = try? open.read(at: 0, count: SecretScan.reach),
                let finding = SecretScan.finding(path: Array(file.path.utf8), content: start)
            else { return nil }
            return .init(path: file.path, finding: finding)
        }
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

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a snapshot holds, in an order that puts folders before what is in them.
struct Manifest: Sendable, Hashable {
    struct Entry: Sendable, Hashable {
        /// Relative to the top of the worktree.
        let path: String
        let facts: FileFacts
        /// Where a link points; empty for anything else.
        let target: String
    }

    private(set) var entries: [Entry] = []

    var fileCount: Int { entries.reduce(0) { $0 + ($1.facts.kind == .file ? 1 : 0) } }
    var bytes: Int64 { entries.reduce(0) { $0 + ($1.facts.kind == .file ? $1.facts.size : 0) } }

    /// Reads what is below some paths of a folder.
    ///
    /// - Throws: `EnvironmentProblem.oddFile` for a socket, a pipe or a device: nobody could give it back.
    init(of top: String, paths: [String]) throws {
        for path in paths {
            guard FileFacts.of(top + "/" + path) != nil else { throw EnvironmentProblem.notMade(path: path) }
            try add(path, top)
        }
    }

    private mutating func add(_ path: String, _ top: String) throws {
        let whole = top + "/" + path
        guard let facts = FileFacts.of(whole) else { return }
        switch facts.kind {
        case .other: throw EnvironmentProblem.oddFile(path: path)
        case .link: entries.append(Entry(path: path, facts: facts, target: try FileCalls.target(ofLink: whole)))
        case .file: entries.append(Entry(path: path, facts: facts, target: ""))
        case .folder:
            entries.append(Entry(path: path, facts: facts, target: ""))
            for name in try FileCalls.names(in: whole).sorted() { try add(path + "/" + name, top) }
        }
    }

    /// Copies everything into another folder, where what is above each path is there already.
    ///
    /// - Throws: `EnvironmentProblem.changing` for a file that is not as it was when the manifest was made.
    func copy(from top: String, to target: String) throws {
        var ways: [Placing] = [.reflink, .copy]
        for entry in entries {
            let (source, place) = (top + "/" + entry.path, target + "/" + entry.path)
            switch entry.facts.kind {
            case .folder: try FileCalls.makeFolder(place, mode: 0o700)
            case .link: guard symlink(entry.target, place) == 0 else { throw FileProblem("cannot link '\(place)'") }
            case .file:
                while let way = ways.first, try !way.place(source, at: place, entry.facts) { ways.removeFirst() }
                guard FileFacts.of(source) == entry.facts, FileFacts.of(place) == entry.facts else {
                    throw EnvironmentProblem.changing(path: entry.path)
                }
            case .other: throw EnvironmentProblem.oddFile(path: entry.path)
            }
        }
        for entry in entries.reversed() where entry.facts.kind == .folder {
            chmod(target + "/" + entry.path, mode_t(entry.facts.mode))
        }
    }

    // MARK: On disk

    /// Lines of `kind mode size seconds nanoseconds`, path and link target, each part ended by a zero byte.
    var data: [UInt8] {
        var bytes = Array("gitpatch environment 1\0".utf8)
        bytes.reserveCapacity(entries.count * 80)
        for entry in entries {
            let facts = entry.facts
            bytes += Array(
                "\(facts.kind.rawValue) \(facts.mode) \(facts.size) \(facts.modifiedSeconds) \(facts.modifiedNanoseconds)"
                    .utf8)
            bytes += [0] + Array(entry.path.utf8) + [0] + Array(entry.target.utf8) + [0]
        }
        return bytes
    }

    /// Reads what `data` wrote; `nil` for anything else.
    init?(_ data: [UInt8]) {
        var parts = data.split(separator: 0, omittingEmptySubsequences: false)[...]
        guard parts.popFirst().map({ String(decoding: $0, as: UTF8.self) }) == "gitpatch environment 1" else {
            return nil
        }
        while parts.count > 3 || (parts.count == 3 && parts.first?.isEmpty == false) {
            guard let line = parts.popFirst(), let path = parts.popFirst(), let target = parts.popFirst() else {
                return nil
            }
            let words = String(decoding: line, as: UTF8.self).split(separator: " ")
            guard words.count == 5, let kind = FileFacts.Kind(rawValue: String(words[0])), let mode = UInt32(words[1]),
                let size = Int64(words[2]), let seconds = Int64(words[3]), let nanoseconds = Int64(words[4])
            else { return nil }
            entries.append(
                Entry(
                    path: String(decoding: path, as: UTF8.self),
                    facts: FileFacts(
                        kind: kind, mode: mode, size: size, modifiedSeconds: seconds, modifiedNanoseconds: nanoseconds),
                    target: String(decoding: target, as: UTF8.self)))
        }
        guard parts.count == 1, parts.first?.isEmpty == true else { return nil }
    }
}

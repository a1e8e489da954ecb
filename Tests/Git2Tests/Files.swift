import Git2
import GitValues

/// The files of a generated commit: lines, modes, links and submodules by path.
struct Files {
    struct Entry: Equatable {
        var mode: FileMode
        var lines: [String]
    }

    var content: [String: Entry] = [:]

    init() {}

    /// Plain files with that text.
    init(_ texts: [String: String]) {
        content = texts.mapValues { Entry(mode: .file, lines: $0.isEmpty ? [] : [$0]) }
    }

    /// Files whose lines are enough for git to recognise a rename, and some odd ones.
    static func random(count: Int, random: inout Seeded) -> Files {
        var files = Files()
        for index in 0..<count {
            let folder = ["", "lib/", "lib/deep/", "doc/"][index % 4]
            let lines = (0..<12).map { "file \(index) line \($0)" }
            files.content["\(folder)f\(index)"] = Entry(mode: .file, lines: lines)
        }
        files.content["empty"] = Entry(mode: .file, lines: [])
        files.content["doc/empty"] = Entry(mode: .executable, lines: [])
        files.content["link"] = Entry(mode: .link, lines: ["lib/f1"])
        files.content["binary"] = Entry(mode: .file, lines: ["\0\u{1}binary"])
        return files
    }

    /// The files after some random edits: renames, deletions, additions, changed lines, modes and kinds.
    func edited(steps: Int, random: inout Seeded) -> Files {
        var result = self
        for _ in 0..<steps { result.edit(&random) }
        return result
    }

    private mutating func edit(_ random: inout Seeded) {
        guard let path = content.keys.sorted().randomElement(using: &random), var entry = content[path] else { return }
        let line = Int.random(in: 0..<max(entry.lines.count, 1), using: &random)
        let number = Int.random(in: 0..<1000, using: &random)
        switch Int.random(in: 0..<14, using: &random) {
        case 0: content[path] = nil
        case 1, 2:
            content[path] = nil
            let name = path.split(separator: "/").joined(separator: "-")
            content["moved\(number % 3)/\(name)"] = entry
        case 3: moveFolder(of: path, to: "folder\(number % 2)/")
        case 4: content["new\(number % 20)"] = Entry(mode: .file, lines: ["new \(number % 3)"])
        case 5: content["\(folder(of: path))added\(number % 4)"] = Entry(mode: .file, lines: ["added \(number % 2)"])
        case 6:
            entry.lines.insert("inserted \(number)", at: min(line, entry.lines.count))
            content[path] = entry
        case 7 where !entry.lines.isEmpty:
            entry.lines.remove(at: line)
            content[path] = entry
        case 8 where entry.mode == .file:
            entry.mode = .executable
            content[path] = entry
        case 9: content[path] = Entry(mode: .link, lines: ["target \(number % 3)"])
        case 10 where number % 4 == 0: content["\(path)/below"] = below(path)
        default:
            if entry.lines.isEmpty { return }
            entry.lines[line] = "edited \(number)"
            content[path] = entry
        }
    }

    /// Replaces a file by a folder of the same name.
    private mutating func below(_ path: String) -> Entry {
        content[path] = nil
        return Entry(mode: .file, lines: ["below"])
    }

    private mutating func moveFolder(of path: String, to new: String) {
        let old = folder(of: path)
        guard !old.isEmpty else { return }
        for (path, entry) in content where path.hasPrefix(old) {
            content[path] = nil
            content[new + path.dropFirst(old.count)] = entry
        }
    }

    private func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    }
}

extension Repository {
    /// Stores files as a commit.
    borrowing func commit(_ files: Files, parents: [ObjectID]) throws -> ObjectID {
        let tree = try tree(files.content.map { ($0.key.split(separator: "/").map(String.init), $0.value) })
        return try makeCommit(
            tree: tree, parents: parents, author: ada, committer: ada, message: [UInt8]("c\n"))
    }

    private borrowing func tree(_ files: [([String], Files.Entry)]) throws -> ObjectID {
        var entries: [TreeEntry] = []
        var folders: [String: [([String], Files.Entry)]] = [:]
        for (path, entry) in files {
            if path.count > 1 {
                folders[path[0], default: []].append((Array(path.dropFirst()), entry))
            } else {
                let text = entry.mode == .link ? entry.lines.joined() : entry.lines.map { $0 + "\n" }.joined()
                let blob = try writeBlob([UInt8](text))
                entries.append(TreeEntry(name: [UInt8](path[0]), mode: entry.mode, id: blob))
            }
        }
        for (name, files) in folders {
            entries.append(TreeEntry(name: [UInt8](name), mode: .directory, id: try tree(files)))
        }
        return try writeTree(entries)
    }
}

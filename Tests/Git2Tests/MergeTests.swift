import Foundation
import Git2
import GitValues
import SuiteTestSupport
import Testing

@Suite struct MergeTests {
    @Test(arguments: 1...6)
    func randomMergesAgreeWithGit(seed: Int) async throws {
        try await TestRepository.with { repo in
            let repository = try await repo.open()
            var random = Seeded(seed: UInt64(seed))
            for round in 0..<12 {
                let base = Files.random(count: 8, random: &random)
                let one = base.edited(steps: Int.random(in: 1...4, using: &random), random: &random)
                let two = base.edited(steps: Int.random(in: 1...4, using: &random), random: &random)
                let root = try repository.commit(base, parents: [])
                let ours = try repository.commit(one, parents: [root])
                let theirs = try repository.commit(two, parents: [root])
                let git = try await gitMerge(repo, ours, theirs)
                let merged = try repository.mergeCommits(ours: ours, theirs: theirs)
                #expect(
                    isSame(merged, git), "seed \(seed) round \(round): \(ours) \(theirs): ours \(merged), git \(git)")
                #expect(try repository.mergeTrees(base: root, ours: ours, theirs: theirs) == merged)
            }
        }
    }
}

/// What `git merge-tree` gives: a tree, or the conflicted paths.
func gitMerge(_ repo: TestRepository, _ ours: ObjectID, _ theirs: ObjectID) async throws -> TreeMerge {
    let result = try await repo.tryGit([
        "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours.hex, theirs.hex,
    ])
    let parts = result.outputBytes.split(separator: 0)
    guard result.exitCode <= 1, let first = parts.first else { throw OracleFailure(result: result) }
    if result.exitCode == 1 { return .conflicts(parts.dropFirst().map(Array.init)) }
    return .clean(try #require(ObjectID(hex: String(decoding: first, as: UTF8.self))))
}

/// Clean results must be equal; of conflicts only that there are some, since git lists renamed ones otherwise.
private func isSame(_ one: TreeMerge, _ two: TreeMerge) -> Bool {
    switch (one, two) {
    case (.clean(let left), .clean(let right)): left == right
    case (.conflicts, .conflicts): true
    default: false
    }
}

/// The files of a generated commit.
struct Files {
    var content: [String: [String]]

    static func random(count: Int, random: inout Seeded) -> Files {
        var files = Files(content: [:])
        for index in 0..<count {
            let folder = ["", "lib/", "lib/deep/", "doc/"][index % 4]
            files.content["\(folder)f\(index)"] = (0..<12).map { "file \(index) line \($0)" }
        }
        return files
    }

    func edited(steps: Int, random: inout Seeded) -> Files {
        var result = self
        for _ in 0..<steps {
            guard let path = result.content.keys.sorted().randomElement(using: &random),
                var lines = result.content[path]
            else { continue }
            let kind = Int.random(in: 0..<10, using: &random)
            let line = Int.random(in: 0..<max(lines.count, 1), using: &random)
            switch kind {
            case 0: result.content[path] = nil
            case 1, 2:
                result.content[path] = nil
                result.content[
                    "moved\(Int.random(in: 0..<3, using: &random))/" + path.replacingOccurrences(of: "/", with: "-")] =
                    lines
            case 3:
                result.content["new\(Int.random(in: 0..<20, using: &random))"] = [
                    "new \(Int.random(in: 0..<3, using: &random))"
                ]
            case 4:
                lines.insert("inserted \(Int.random(in: 0..<1000, using: &random))", at: min(line, lines.count))
                result.content[path] = lines
            case 5 where !lines.isEmpty:
                lines.remove(at: min(line, lines.count - 1))
                result.content[path] = lines
            default:
                if lines.isEmpty { continue }
                lines[line] = "edited \(Int.random(in: 0..<1000, using: &random))"
                result.content[path] = lines
            }
        }
        return result
    }
}

extension Repository {
    /// Stores files as a commit.
    borrowing func commit(_ files: Files, parents: [ObjectID]) throws -> ObjectID {
        try makeCommit(
            tree: try tree(files.content.map { ($0.key.split(separator: "/").map(String.init), $0.value) }),
            parents: parents, author: ada, committer: ada, message: [UInt8]("c\n"))
    }

    private borrowing func tree(_ files: [([String], [String])]) throws -> ObjectID {
        var entries: [TreeEntry] = []
        var folders: [String: [([String], [String])]] = [:]
        for (path, lines) in files {
            if path.count > 1 {
                folders[path[0], default: []].append((Array(path.dropFirst()), lines))
            } else {
                let blob = try writeBlob([UInt8](lines.map { $0 + "\n" }.joined()))
                entries.append(TreeEntry(name: [UInt8](path[0]), mode: .file, id: blob))
            }
        }
        for (name, files) in folders {
            entries.append(TreeEntry(name: [UInt8](name), mode: .directory, id: try tree(files)))
        }
        return try writeTree(entries)
    }
}

/// git could not answer.
struct OracleFailure: Error {
    let result: CommandResult
}

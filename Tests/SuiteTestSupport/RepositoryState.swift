package import Foundation
package import GitValues

/// Everything a command may leave behind or lose, read with git and the file system alone.
package struct RepositoryState: Equatable, Sendable {
    /// One file of the working tree.
    package struct File: Equatable, Sendable {
        package var bytes: Data?
        package var mode: UInt32
        package var inode: UInt64
        package var modified: Int64
    }

    package var head: String
    /// References without the journal's own.
    package var references: [String]
    /// The bytes of the index file; `nil` when there is none.
    package var index: Data?
    /// Entries with their flags.
    package var entries: String
    package var status: String
    package var files: [String: File]

    package static func read(_ repository: TestRepository) async throws -> RepositoryState {
        let quiet = repository.with(environment: ["GIT_OPTIONAL_LOCKS": "0"])
        let gitDirectory = try await quiet.git("rev-parse", "--absolute-git-dir")
        let refs = try await quiet.git("for-each-ref", "--format=%(refname) %(objectname)")
        return RepositoryState(
            head: try String(contentsOfFile: gitDirectory + "/HEAD", encoding: .utf8),
            references: refs.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("refs/gitpatch/") },
            index: FileManager.default.contents(atPath: gitDirectory + "/index"),
            entries: try await quiet.git("ls-files", "--stage", "-v", "--debug"),
            status: try await quiet.git("status", "--porcelain=v2", "-z", "-uall"), files: files(in: repository.path))
    }

    /// The files of a worktree, `.git` left out.
    package static func files(in top: String) -> [String: File] {
        var files: [String: File] = [:]
        for case let name as String in FileManager.default.enumerator(atPath: top) ?? .init() {
            if name == ".git" || name.hasPrefix(".git/") { continue }
            var status = stat()
            guard lstat(top + "/" + name, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else { continue }
            let isLink = status.st_mode & S_IFMT == S_IFLNK
            let target = isLink ? try? FileManager.default.destinationOfSymbolicLink(atPath: top + "/" + name) : nil
            files[name] = File(
                bytes: target.map { Data($0.utf8) } ?? FileManager.default.contents(atPath: top + "/" + name),
                mode: UInt32(status.st_mode), inode: UInt64(status.st_ino), modified: status.modifiedNanoseconds)
        }
        return files
    }
}

extension stat {
    fileprivate var modifiedNanoseconds: Int64 {
        #if canImport(Glibc)
            Int64(st_mtim.tv_sec) * 1_000_000_000 + Int64(st_mtim.tv_nsec)
        #else
            Int64(st_mtimespec.tv_sec) * 1_000_000_000 + Int64(st_mtimespec.tv_nsec)
        #endif
    }
}

extension TestRepository {
    /// Runs `git patch` with the executable under test.
    @discardableResult
    package func patch(_ arguments: String...) async throws -> CommandResult { try await run("git-patch", arguments) }

    /// Takes the newest operation back that can be, an undo included.
    package func mustUndoNewest() async throws {
        struct Log: Decodable {
            struct Operation: Decodable {
                var id: String
                var undoable: Bool
                var state: String
            }
            var operations: [Operation]
        }
        let log = try JSONDecoder().decode(Log.self, from: Data(try await mustPatch("log", "--json").outputBytes))
        let newest = log.operations.first { $0.undoable && $0.state == "done" }
        try await mustPatch("undo", newest?.id ?? "nothing")
    }

    /// Runs `git patch`; another exit code than 0 fails the test.
    @discardableResult
    package func mustPatch(_ arguments: String...) async throws -> CommandResult {
        let result = try await run("git-patch", arguments)
        guard result.succeeded else { throw UnexpectedExit(result: result) }
        return result
    }

    /// The tree that `git add -A && git write-tree` gives on a copy of the index.
    package func oracleTree() async throws -> ObjectID {
        let gitDirectory = try await git("rev-parse", "--absolute-git-dir")
        let copy = scratch.path + "/oracle-" + UUID().uuidString
        if FileManager.default.fileExists(atPath: gitDirectory + "/index") {
            try FileManager.default.copyItem(atPath: gitDirectory + "/index", toPath: copy)
            let attributes = try FileManager.default.attributesOfItem(atPath: gitDirectory + "/index")
            try FileManager.default.setAttributes(
                [.modificationDate: attributes[.modificationDate] ?? Date()], ofItemAtPath: copy)
        }
        let aside = with(environment: ["GIT_INDEX_FILE": copy])
        try await aside.git("add", "-A")
        return try await aside.id(try await aside.git("write-tree"))
    }

    /// Every lock file below the git directory.
    package func locks() async throws -> [String] {
        let common = try await git("rev-parse", "--path-format=absolute", "--git-common-dir")
        return (FileManager.default.enumerator(atPath: common)?.compactMap { $0 as? String } ?? [])
            .filter { $0.hasSuffix(".lock") }
    }

    /// A repository with one commit, then staged, unstaged and untracked work in it.
    package func makeDirty() async throws {
        try await commit("first", files: ["kept": "kept\n", "both": "1\n", "gone": "gone\n", "dir/deep": "deep\n"])
        try write("both", "2 staged\n")
        try write("staged", "only staged\n")
        try await git("add", "both", "staged")
        try write("both", "3 unstaged\n")
        try remove("gone")
        try remove("staged")
        try write("dir/new file", "untracked\n")
        try write("run", "#!/bin/sh\n", executable: true)
    }
}

extension RepositoryState {
    /// What must be the same in two runs: everything but commit ids, inodes and times.
    package var shape: String {
        let names = references.map { $0.split(separator: " ").first.map(String.init) ?? "" }
        let contents = files.keys.sorted().map {
            "\($0) \(files[$0]?.bytes?.base64EncodedString() ?? "") \(files[$0]?.mode ?? 0)"
        }
        let fields = status.split(separator: "\0").map { $0.split(separator: " ").prefix(3).joined(separator: " ") }
        return ([head] + names + contents + fields).joined(separator: "\n")
    }
}

package import GitValues
import SystemPackage

/// Why there is no repository to work in.
package enum LocationProblem: ProblemReport, Equatable {
    /// Neither the directory nor a parent is a repository, or git refuses to use it; git's own words.
    case notARepository(String)
    /// The repository has no working tree.
    case bare
    /// The folder is the git directory or lies in it.
    case insideGitDirectory
    /// The path is not UTF-8 or holds a line feed.
    case unusablePath(String)

    package var problemCode: String {
        switch self {
        case .notARepository: "not-a-repository"
        case .bare: "bare-repository"
        case .insideGitDirectory: "inside-git-directory"
        case .unusablePath: "unusable-path"
        }
    }

    package var exitStatus: Int32 { 69 }

    package var description: String {
        switch self {
        case .notARepository(let words): words
        case .bare: "this is a bare repository, it has no working tree"
        case .insideGitDirectory: "this folder belongs to git itself, it is not in a working tree"
        case .unusablePath(let path): "the path '\(path)' is not UTF-8 or holds a line feed"
        }
    }

    package var hints: [String] {
        switch self {
        case .notARepository(let words) where words.contains("dubious ownership"):
            ["type 'git status' to see git's advice about safe.directory"]
        case .notARepository(let words) where words.contains("repository extension") || words.contains("repo version"):
            ["a newer git can read it; this one is 'git --version'"]
        case .notARepository: ["change into a repository, or make one with 'git init'"]
        case .bare: ["run the command in a clone that has files, or add a worktree with 'git worktree add'"]
        case .insideGitDirectory: ["change into the working tree"]
        case .unusablePath: ["rename the folder, or clone the repository to another place"]
        }
    }
}

extension GitProgram {
    /// Finds the repository of the directory by asking git, so that every rule of git about discovery holds.
    ///
    /// - Throws: `LocationProblem` when there is none, or none with a working tree.
    package func locate() async throws -> RepositoryLocation {
        if let plain = PlainRepository.find(self) {
            if let shared = plain.value("core.sharedrepository") {
                SharedFiles.note(shared, of: plain.location.commonDirectory)
            }
            return plain.location
        }
        // Git prints what it knows before it fails: one child tells even a bare repository from none.
        let result = try await run([
            "rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir", "--is-bare-repository",
            "--is-inside-git-dir", "--show-toplevel", "--show-prefix",
        ])
        let lines = result.output.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let facts = lines.map { String(decoding: $0, as: UTF8.self) }
        if result.succeeded, facts.count == 7, String(validating: result.output, as: UTF8.self) != nil {
            SharedFiles.noteFile(of: facts[1])
            return RepositoryLocation(
                gitDirectory: facts[0], commonDirectory: facts[1], worktree: facts[4], prefix: facts[5])
        }
        if result.succeeded { throw LocationProblem.unusablePath(directory.string) }
        if facts.count == 5 && facts[2] == "true" { throw LocationProblem.bare }
        if facts.count == 5 && facts[3] == "true" { throw LocationProblem.insideGitDirectory }
        throw LocationProblem.notARepository(result.firstErrorLine)
    }
}

package import GitValues

/// Why there is no repository to work in.
package enum LocationProblem: ProblemReport, Equatable {
    /// Neither the directory nor a parent is a repository, or git refuses to use it; git's own words.
    case notARepository(String)
    /// The repository has no working tree.
    case bare

    package var problemCode: String {
        switch self {
        case .notARepository: "not-a-repository"
        case .bare: "bare-repository"
        }
    }

    package var exitStatus: Int32 { 69 }

    package var description: String {
        switch self {
        case .notARepository(let words): words
        case .bare: "this is a bare repository, it has no working tree"
        }
    }

    package var hints: [String] {
        switch self {
        case .notARepository(let words) where words.contains("dubious ownership"):
            ["type 'git status' to see git's advice about safe.directory"]
        case .notARepository: ["change into a repository, or make one with 'git init'"]
        case .bare: ["run the command in a clone that has files, or add a worktree with 'git worktree add'"]
        }
    }
}

extension GitProgram {
    /// Finds the repository of the directory by asking git, so that every rule of git about discovery holds.
    ///
    /// - Throws: `LocationProblem` when there is none, or none with a working tree.
    package func locate() async throws -> RepositoryLocation {
        let result = try await run([
            "rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir", "--is-bare-repository",
            "--is-inside-work-tree",
        ])
        let facts = result.output.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        guard result.succeeded, facts.count == 4 else { throw LocationProblem.notARepository(result.firstErrorLine) }
        let top = try await run(["rev-parse", "--path-format=absolute", "--show-toplevel", "--show-prefix"])
        let lines = top.output.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard top.succeeded, lines.count >= 2 else {
            if facts[2] == "true" || facts[3] == "false" { throw LocationProblem.bare }
            throw LocationProblem.notARepository(top.firstErrorLine)
        }
        return RepositoryLocation(
            gitDirectory: facts[0], commonDirectory: facts[1], worktree: lines[0], prefix: lines[1])
    }
}

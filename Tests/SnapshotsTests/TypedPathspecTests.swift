import GitProcess
import SuiteTestSupport
import Testing

@testable import Snapshots

/// Pathspecs in a shell whose variables change what they mean.
struct TypedPathspecTests {
    static let files = ["a*", "ab", "aB", ":!b", "b", "dir/x.txt", "dir/sub/x.txt", "DIR/y", "x.txt", "(top)a"]
    static let shells: [[String]] = [
        [], ["LITERAL"], ["GLOB"], ["NOGLOB"], ["ICASE"], ["GLOB", "ICASE"], ["NOGLOB", "ICASE"],
    ]

    private func environment(_ shell: [String]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: shell.map { ("GIT_\($0)_PATHSPECS", "true") })
    }

    @Test(arguments: shells)
    func whatIsTypedIsWhatGitTakes(_ shell: [String]) async throws {
        try await TestRepository.with { plain in
            for file in Self.files { try plain.write(file, "old\n") }
            try await plain.commit("start")
            for file in Self.files { try plain.write(file, "new\n") }
            let repository = plain.with(environment: environment(shell))
            for spec in ["a*", "dir/*", "**/x.txt", "A*", "./dir", ":(icase)AB"] {
                let taken = try await plain.with(environment: environment(shell)).tryGit(["add", "-An", "--", spec])
                guard taken.succeeded else { continue }
                let truth = try await Truth(of: repository, adding: ["add", "-A", "--", spec])
                let capture = try await repository.capture { $0.scope = .pathspecs([spec]) }
                #expect(capture.tree == truth.tree, "\(spec)")
            }
        }
    }

    @Test(arguments: shells)
    func writtenOutTheyMeanTheSame(_ shell: [String]) async throws {
        try await TestRepository.with { plain in
            for file in Self.files { try plain.write(file, "x\n") }
            try await plain.commit("start")
            let typed = TypedPathspecs(.only(environment(shell)))
            for folder in ["", "dir"] {
                for spec in [
                    "a*", "A*", "dir/*", "*x.txt", "**/x.txt", ":/a*", ":!b", ":^b", ":/!B", ":(top)ab", ":(literal)a*",
                    ":(glob)*.txt", ":(top,glob)DIR/*", ":(icase)AB", ":::ab", "(top)a", ".", ":(exclude,icase)B",
                ] {
                    let list = ["-C", folder.isEmpty ? "." : folder, "ls-files", "--full-name", "--"]
                    let git = try await plain.with(environment: environment(shell)).tryGit(list + [spec])
                    guard git.succeeded else { continue }
                    let ours = try await plain.tryGit(list + [typed.written(spec)])
                    #expect(ours.succeeded && ours.output == git.output, "\(spec): \(typed.written(spec)) \(ours)")
                }
            }
        }
    }
}

import Foundation
import GitProcess
import GitValues
import SuiteTestSupport
import SystemPackage
import Testing

#if os(Linux)
    /// What is found out without git is what git says, and whatever is not plain is left to git.
    struct PlainRepositoryTests {
        private func find(_ repository: TestRepository, in folder: String? = nil) -> PlainRepository? {
            PlainRepository.find(program(in: folder ?? repository.path, repository))
        }

        /// Compares place and configuration with git.
        private func compare(_ repository: TestRepository, in folder: String) async throws {
            let plain = try #require(find(repository, in: folder))
            let git = program(in: folder, repository)
            let facts = try await git.output([
                "rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir", "--show-toplevel",
                "--show-prefix",
            ]).output
            let place = plain.location
            let ours = [place.gitDirectory, place.commonDirectory, place.worktree, place.prefix]
            #expect(String(decoding: facts, as: UTF8.self) == ours.map { $0 + "\n" }.joined())
            let listing = try await git.output(["config", "--list", "-z", "--show-scope", "--show-origin"]).output
            #expect(String(decoding: plain.listing, as: UTF8.self) == String(decoding: listing, as: UTF8.self))
        }

        @Test func placeAndConfigurationAreThoseOfGit() async throws {
            try await TestRepository.with { repository in
                try await repository.commit("one", files: ["a b/ü/x": "1"])
                let more = """
                    [alpha] bare
                    \tquoted = " two  words ; no comment " # one
                    \tcontinued = one \\
                    two
                    [Alpha "Sub.Section \\"x\\""]
                    \tKEY = \\"a\\" \\\\ b
                    \tempty =
                    [old.Form]
                    \tkey = 1
                    [alpha]
                    \tquoted = again
                    """
                let path = repository.path + "/.git/config"
                let old = try String(contentsOfFile: path, encoding: .utf8)
                try (old + more + "\n").write(toFile: path, atomically: true, encoding: .utf8)
                let user = try repository.scratch.makeDirectory("home/.config/git")
                try "[user]\n\tname = From Elsewhere\n".write(
                    toFile: user + "/config", atomically: true, encoding: .utf8)
                for folder in ["", "/a b", "/a b/ü"] { try await compare(repository, in: repository.path + folder) }
                #expect(find(repository)?.value("alpha.quoted") == "again")
            }
        }

        @Test(arguments: [
            ["config", "include.path", "elsewhere"], ["config", "includeIf.gitdir:/x/.path", "elsewhere"],
            ["config", "extensions.worktreeConfig", "true"], ["config", "core.worktree", "/nowhere"],
            ["config", "core.bare", "true"], ["config", "core.repositoryFormatVersion", "7"],
            ["config", "x.y", "a\tb"], ["config", "--global", "include.path", "elsewhere"],
        ])
        func unusualConfigurationIsLeftToGit(_ command: [String]) async throws {
            try await TestRepository.with { repository in
                #expect(find(repository) != nil)
                try await repository.git(command)
                #expect(find(repository) == nil)
            }
        }

        @Test(arguments: [
            "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_CONFIG", "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS",
            "GIT_CONFIG_GLOBAL", "GIT_CEILING_DIRECTORIES", "GIT_TRACE", "GIT_FROM_THE_FUTURE",
        ])
        func unusualVariablesAreLeftToGit(_ name: String) async throws {
            try await TestRepository.with { repository in
                #expect(find(repository.with(environment: [name: "0"])) == nil)
            }
        }

        @Test func unusualPlacesAreLeftToGit() async throws {
            try await TestRepository.with { repository in
                try await repository.commit("one", files: ["a": "1"])
                try await repository.git("worktree", "add", "-q", "../linked")
                let remote = try await repository.addBareRemote()
                try await repository.git("init", "-q", "--separate-git-dir", "../apart", "../parted")
                let scratch = repository.scratch.path
                try FileManager.default.createSymbolicLink(
                    atPath: try repository.scratch.makeDirectory("tied") + "/.git",
                    withDestinationPath: repository.path + "/.git")
                let own = repository.path + "/.git"
                let folders = ["/linked", "/parted", "/tied", "/home", "/nowhere"].map { scratch + $0 }
                for folder in folders + [own, own + "/refs", remote] {
                    #expect(find(repository, in: folder) == nil, "\(folder)")
                }
            }
        }

        @Test func brokenConfigurationIsLeftToGit() async throws {
            try await TestRepository.with { repository in
                for text in ["[core\n", "key = 1\n", "[a]\n\tb = \"open\n"] {
                    try text.write(
                        toFile: repository.scratch.path + "/home/.gitconfig", atomically: true, encoding: .utf8)
                    #expect(find(repository) == nil, "\(text)")
                }
            }
        }
    }
#endif

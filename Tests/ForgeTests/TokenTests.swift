import Forge
import GitProcess
import Settings
import SuiteTestSupport
import SystemPackage
import Testing

/// A token is found in the promised order, and only for the hosts it is meant for.
struct TokenTests {
    private func find(
        _ url: String, _ variables: [String: String], type: String? = nil, helper: String? = nil
    ) async throws -> ForgeToken? {
        try await TestRepository.with { repository in
            let clone = repository.with(environment: variables)
            try await clone.git("remote", "add", "origin", url)
            if let type { try await clone.git("config", "forge.git.example.com.type", type) }
            if let helper { try await clone.git("config", "credential.helper", helper) }
            let git = GitProgram(directory: FilePath(clone.path), environment: .only(clone.environment))
            let settings = try await Settings.load(git: git, committed: nil)
            let site = try #require(settings.forgeSite(ofRemote: "origin"))
            return await ForgeToken.find(for: site, git: git)
        }
    }

    @Test func ownVariableWinsThenTheForgesOwn() async throws {
        let both = ["GITPATCH_TOKEN": "one", "GH_TOKEN": "two", "GITHUB_TOKEN": "three"]
        #expect(try await find("git@github.com:a/b", both)?.value == "one")
        #expect(try await find("git@github.com:a/b", ["GH_TOKEN": "two", "GITHUB_TOKEN": "three"])?.value == "two")
        #expect(try await find("git@github.com:a/b", ["GITHUB_TOKEN": "three"])?.value == "three")
        #expect(try await find("git@gitlab.com:a/b", ["GITLAB_TOKEN": "four"])?.value == "four")
        #expect(try await find("git@codeberg.org:a/b", ["FORGEJO_TOKEN": "five"])?.value == "five")
    }

    @Test func aTokenDoesNotGoToAnotherHost() async throws {
        let url = "https://git.example.com/a/b"
        #expect(try await find(url, ["GH_TOKEN": "x", "GITHUB_TOKEN": "x"], type: "github") == nil)
        #expect(try await find(url, ["GH_ENTERPRISE_TOKEN": "y"], type: "github")?.value == "y")
        #expect(
            try await find(url, ["GH_ENTERPRISE_TOKEN": "y", "GH_HOST": "other.example.com"], type: "github") == nil)
        #expect(try await find(url, ["GITLAB_TOKEN": "x"], type: "gitlab") == nil)
        let named = ["GITLAB_TOKEN": "x", "GITLAB_HOST": "git.example.com"]
        #expect(try await find(url, named, type: "gitlab")?.value == "x")
        #expect(try await find("git@gitlab.com:a/b", named) == nil)
        #expect(
            try await find(url, ["GITEA_TOKEN": "x", "GITEA_SERVER_URL": "https://other.example.com/"], type: "gitea")
                == nil)
    }

    @Test func gitsCredentialsAreAskedWithoutAPrompt() async throws {
        let helper = "!f() { test \"$1\" = get && echo username=me && echo password=stored; }; f"
        let found = try await find("https://git.example.com/a/b", [:], type: "gitea", helper: helper)
        #expect(found?.value == "stored")
        #expect(found.map { "\($0)" } == "a token from git credential")
        #expect(try await find("https://git.example.com/a/b", [:], type: "gitea") == nil)
    }

    @Test func aTokenWithALineFeedIsNone() async throws {
        #expect(try await find("git@codeberg.org:a/b", ["GITPATCH_TOKEN": "a\nX: 1"]) == nil)
    }
}

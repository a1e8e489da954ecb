import GitProcess
import GitValues
import Settings
import SuiteTestSupport
import SystemPackage
import Testing

struct SiteTests {
    @Test(arguments: [
        ("git@github.com:acme/widget.git", "github.com", "acme", "widget"),
        ("ssh://git@ssh.github.com:443/acme/widget.git", "ssh.github.com", "acme", "widget"),
        (
            "https://user:pw@gitlab.com/group/sub/deep/name.with.dots.git/", "gitlab.com", "group/sub/deep",
            "name.with.dots"
        ),
        ("https://GitHub.com/Acme/Widget", "github.com", "Acme", "Widget"),
        ("host:a/b", "host", "a", "b"), ("git://codeberg.org/o/r", "codeberg.org", "o", "r"),
    ])
    func addressesAreTakenApart(text: String, host: String, owner: String, name: String) throws {
        let address = try #require(RemoteAddress(text))
        #expect(address.host == host)
        #expect(address.owner == owner)
        #expect(address.name == name)
    }

    @Test(arguments: [
        "/srv/git/repo.git", "../repo", "C:/repo/x", "file:///srv/repo.git", "https://github.com/only",
        "https://github.com/",
        "https://github.com/a/../b", "https://ho st/a/b", "ext::sh -c x/y", "https:///a/b", "a/b:c",
    ])
    func whatIsNoForgeIsNone(text: String) { #expect(RemoteAddress(text) == nil) }

    @Test func theSiteComesFromTheUrlBeforeItIsRewritten() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "1"])
            try await repository.git("remote", "add", "origin", "gh:acme/widget")
            try await repository.git("config", "url.https://github.com/.insteadOf", "gh:")
            try await repository.git("remote", "add", "up", "https://git.example.com:8443/team/sub/widget.git")
            try await repository.git("remote", "add", "known", "git@codeberg.org:o/r.git")
            try await repository.git("config", "forge.git.example.com.type", "gitlab")
            let git = GitProgram(directory: FilePath(repository.path), environment: .only(repository.environment))
            let settings = try await Settings.load(git: git, committed: nil)
            #expect(settings.forgeSite(ofRemote: "origin") == nil)
            let site = try #require(settings.forgeSite(ofRemote: "up"))
            #expect(site.api == "https://git.example.com:8443/api/v4")
            #expect(site.path == "team/sub/widget")
            #expect(settings.forgeSite(ofRemote: "known")?.api == "https://codeberg.org/api/v1")
        }
    }

    @Test func aCommittedFileMayNotNameAForge() async throws {
        try await Rig.with(.github) { rig in
            try rig.clone.write(".gitpatch", "[forge \"evil.example.com\"]\n\ttype = github\n")
            let refused = try await rig.patch("Fix the greeting", exits: 78)
            #expect(refused.errorOutput.contains("forge.evil.example.com.type"), "\(refused)")
        }
    }

    @Test(arguments: ["--issue", "--label=x", "--reviewer=x", "--assignee=x", "--closes=1", "--to=origin"])
    func aPlainRemoteRefusesWhatOnlyAForgeHas(option: String) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("first", files: ["a": "1"])
            _ = try await repository.addBareRemote()
            try repository.write("b", "1")
            let refused = try await repository.run("git-patch", ["x", option])
            #expect(refused.exitCode == 1)
            #expect(refused.errorOutput.contains("needs a forge"), "\(refused)")
            #expect(try await repository.git("branch", "--list", "patch/*").isEmpty)
        }
    }
}

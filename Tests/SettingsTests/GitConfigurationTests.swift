import GitValues
import Settings
import SuiteTestSupport
import Testing

/// What git's own configuration says, with real files of every scope.
struct GitConfigurationTests {
    @Test func badValuesNameScopeFileLineKeyAndRemedy() async throws {
        try await withRepository { repository in
            try await repository.git("config", "automerge.delay", "soon")
            let error = await #expect(throws: SettingsError.self) { try await load(repository, nil) }
            let line = try #require(error?.problems.first?.origin.line)
            #expect(repository.read(".git/config")?.split(separator: "\n")[line - 1].contains("soon") == true)
            #expect(
                error?.description == ".git/config:\(line) (local): 'soon' is no value for 'automerge.delay': "
                    + "it takes a duration (90, 30s, 5m, 2h, 1d)")
            #expect(error?.hints == ["mend it with: git config --local automerge.delay VALUE"])
            #expect(error?.exitStatus == 78 && error?.problemPaths.isEmpty == true)
            try await repository.git("config", "--unset", "automerge.delay")
            try await repository.git("config", "--global", "validate.prePush", "often")
            let global = await #expect(throws: SettingsError.self) { try await load(repository, nil) }
            #expect(global?.hints == ["mend it with: git config --global validate.prePush VALUE"])
            #expect(global?.problems.first?.origin.scope == .global)
        }
    }

    @Test func whatIsOddIsANoticeOnly() async throws {
        try await withRepository { repository in
            try await repository.git("config", "patch.tarket", "main")
            try await repository.git("config", "diff.algorithm", "patience")
            let settings = try await load(repository, nil)
            #expect(settings.notices.map(\.key) == ["patch.tarket"])
            #expect(settings.notices.first?.hints == ["did you mean 'patch.target'?"])
            #expect(settings.string("diff.algorithm") == "patience")
        }
    }

    @Test func inspectReturnsWhatCouldBeRead() async throws {
        try await withRepository { repository in
            try await repository.git("config", "automerge.delay", "soon")
            try await repository.git("config", "automerge.batch", "4")
            let (settings, problems) = try await Settings.inspect(
                git: program(repository), committed: committed("[nope]\n[automerge]\nmethod = merge\n"))
            #expect(problems.map(\.problemCode) == ["config-bad-value", "config-unknown-section"])
            #expect(settings[AutomergeKeys.batch] == 4 && settings[AutomergeKeys.method] == .merge)
            #expect(settings[AutomergeKeys.delay] == AutomergeKeys.delay.fallback)
        }
    }

    @Test func aBrokenFileOfTheUserIsToldInGitsWords() async throws {
        try await withRepository { repository in
            try repository.write("../home/.gitconfig", "[user\n")
            let error = await #expect(throws: SettingsError.self) { try await load(repository, nil) }
            #expect(error?.problemCode == "config-unreadable" && error?.exitStatus == 78)
            #expect(error?.description.contains("bad config line 1 in file") == true)
        }
    }

    @Test func anyKeyOfGitIsReadAsGitReadsIt() async throws {
        try await withRepository { repository in
            try await repository.git("config", "remote.Origin.url", "https://x/y\nz")
            try await repository.git("config", "--add", "remote.Origin.fetch", "+refs/a")
            try await repository.git("config", "--add", "remote.Origin.fetch", "+refs/b")
            try repository.write("../extra", "[commit]\n\tgpgSign\n[odd \"a.B.c\"]\n\tKey = v\n")
            try await repository.git("config", "include.path", repository.scratch.path + "/extra")
            let settings = try await load(repository, nil)
            #expect(settings.string("remote.Origin.url") == "https://x/y\nz")
            #expect(
                settings.string("REMOTE.Origin.URL") == "https://x/y\nz" && settings.string("remote.origin.url") == nil)
            #expect(settings.strings("remote.Origin.fetch") == ["+refs/a", "+refs/b"])
            #expect(settings.boolean("commit.gpgsign") == true && settings.boolean("user.name") == nil)
            #expect(settings.string("odd.a.B.c.key") == "v")
            #expect(settings.subsections(of: "remote") == ["Origin"])
            #expect(settings.explain("commit.gpgsign").last?.origin.description.contains("/extra:2") == true)
        }
    }

    @Test func linesAreFoundFromASubfolderAndALinkedWorktree() async throws {
        try await withRepository { repository in
            try await repository.commit("one", files: ["deep/er/x": "1"])
            try await repository.git("config", "automerge.batch", "4")
            let below = try await Settings.load(git: program(repository, in: "deep/er"), committed: nil)
            #expect(below.explain("automerge.batch").first?.origin.line != nil)
            try await repository.git("worktree", "add", "-q", "../linked")
            try await repository.git("config", "extensions.worktreeConfig", "true")
            try await repository.at(repository.scratch.path + "/linked").git(
                "config", "--worktree", "automerge.batch", "5")
            let linked = try await load(repository.at(repository.scratch.path + "/linked"), nil)
            #expect(linked[AutomergeKeys.batch] == 5)
            #expect(linked.explain("automerge.batch").map(\.origin.scope) == [.local, .worktree])
            #expect(linked.explain("automerge.batch").allSatisfy { $0.origin.line != nil })
        }
    }

    @Test func theVariableGIT_CONFIGHidesNothing() async throws {
        try await withRepository { repository in
            try await repository.git("config", "automerge.batch", "4")
            try repository.write("../other", "[automerge]\n\tbatch = 9\n")
            let pointed = repository.with(environment: ["GIT_CONFIG": repository.scratch.path + "/other"])
            #expect(try await load(pointed, nil)[AutomergeKeys.batch] == 4, "git itself ignores it outside git config")
        }
    }
}

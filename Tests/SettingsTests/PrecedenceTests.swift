import GitProcess
import GitValues
import Settings
import SuiteTestSupport
import SystemPackage
import Testing

/// Which layer wins.
struct PrecedenceTests {
    @Test func nearerLayersWin() async throws {
        try await TestRepository.with { repository in
            let file = committed("[automerge]\n\tdelay = 1m\n\tmethod = merge\n\tbatch = 3\n")
            var settings = try await load(repository, file)
            #expect(settings[AutomergeKeys.delay] == TimeSpan(seconds: 60))
            #expect(settings[AutomergeKeys.method] == .merge)
            #expect(settings[AutomergeKeys.approvals] == 0)

            try await repository.git("config", "--global", "automerge.delay", "2m")
            settings = try await load(repository, file)
            #expect(settings[AutomergeKeys.delay] == TimeSpan(seconds: 120))

            try await repository.git("config", "automerge.delay", "3m")
            settings = try await load(repository, file)
            #expect(settings[AutomergeKeys.delay] == TimeSpan(seconds: 180))

            let environment = [
                "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "automerge.delay", "GIT_CONFIG_VALUE_0": "4m",
            ]
            settings = try await load(repository.with(environment: environment), file)
            #expect(settings[AutomergeKeys.delay] == TimeSpan(seconds: 240))

            try settings.override(AutomergeKeys.delay, with: ["5m"], flag: "--delay")
            #expect(settings[AutomergeKeys.delay] == TimeSpan(seconds: 300))
            #expect(settings[AutomergeKeys.batch] == 3)
            #expect(
                settings.explain("automerge.delay").map(\.origin.scope) == [
                    .committed, .global, .local, .command, .flag,
                ])
        }
    }
}

/// A committed file from text.
func committed(_ text: String) -> CommittedFile { CommittedFile(bytes: Array(text.utf8)) }

/// The git of a test repository.
func program(_ repository: TestRepository) -> GitProgram {
    GitProgram(directory: FilePath(repository.path), environment: .only(repository.environment).withPlainMessages())
}

/// The settings of a test repository.
func load(_ repository: TestRepository, _ file: CommittedFile?) async throws -> Settings {
    try await Settings.load(git: program(repository), committed: file)
}

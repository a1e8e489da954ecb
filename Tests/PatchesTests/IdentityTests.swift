import GitProcess
import GitValues
import Patches
import SuiteTestSupport
import SystemPackage
import Testing

/// Who commits is what git says, whether or not it is asked.
struct IdentityTests {
    @Test(arguments: [
        [:], ["GIT_AUTHOR_NAME": "Grace Example"], ["GIT_COMMITTER_EMAIL": "other@example.com", "TZ": "Asia/Kolkata"],
        ["GIT_AUTHOR_NAME": " Some. Name; "], ["GIT_AUTHOR_DATE": "1700000000 +0200", "TZ": "America/St_Johns"],
        ["GIT_AUTHOR_NAME": "A <b> c"], ["GIT_COMMITTER_NAME": "Zoë \u{1F600} d'Arc"],
    ])
    func peopleAreThoseOfGit(_ variables: [String: String]) async throws {
        try await TestRepository.with { repository in
            try await repository.git("config", "author.email", "author@example.com")
            // In another time zone than this process's, git is asked.
            let zone = ProcessEnvironment.value(of: "TZ").map { ["TZ": $0] } ?? [:]
            var environment = repository.environment
            environment["TZ"] = nil
            environment.merge(zone.merging(variables) { $1 }) { $1 }
            let git = GitProgram(
                directory: FilePath(repository.path), environment: .only(environment).withPlainMessages())
            let found = try await GitVariables.read(git)
            for (ours, name) in [(found.author, "GIT_AUTHOR_IDENT"), (found.committer, "GIT_COMMITTER_IDENT")] {
                let theirs = try #require(Identity(try await git.output(["var", name]).text))
                let identity = try #require(ours)
                #expect(identity.name == theirs.name && identity.mail == theirs.mail)
                #expect(identity.offsetMinutes == theirs.offsetMinutes)
                // Time passes between the two questions.
                #expect(abs(identity.seconds - theirs.seconds) < 60)
            }
        }
    }
}

import GitValues
import Settings
import SuiteTestSupport
import Testing

/// `git patch config --explain`: who says what, and who wins.
struct ExplanationTests {
    @Test func winnersAndLosersAreTold() async throws {
        try await withRepository { repository in
            try await repository.git("config", "--global", "automerge.delay", "2m")
            try await repository.git("config", "automerge.delay", "3m")
            let settings = try await load(repository, committed("[automerge]\n\n\tdelay = 1m\n"))
            let explanation = try settings.explanation(of: "AUTOMERGE.Delay")
            #expect(explanation.name == "automerge.delay")
            #expect(explanation.winners.map(\.value) == ["3m"] && explanation.losers.map(\.value) == ["1m", "2m"])
            let lines = explanation.lines
            #expect(lines[0].hasPrefix("automerge.delay = 3m  (.git/config:"))
            #expect(lines[1].hasPrefix("  not used: 2m  (") && lines[1].contains("/.gitconfig:"))
            #expect(lines[2] == "  not used: 1m  (.gitpatch:3)")
            #expect(lines.contains("  Otherwise the default is 0."))
            #expect(settings.explanations().map(\.name) == ["automerge.delay"])
        }
    }

    @Test func keysThatNobodySetsTellTheirDefault() throws {
        let settings = try Settings.committedOnly(nil)
        #expect(
            try settings.explanation(of: "validate.jobs").lines[0] == "validate.jobs is not set; the default is auto")
        #expect(try settings.explanation(of: "patch.target").lines[0] == "patch.target is not set; there is no default")
        let local = try settings.explanation(of: "automerge.notify").lines
        #expect(local.last?.hasPrefix("  It is not taken from .gitpatch: it runs outside a check") == true)
        #expect(try settings.explanation(of: "check.any.run").lines.last == "  It is read from .gitpatch only.")
    }

    @Test func aBranchSeesTheGeneralKeyToo() throws {
        let file = committed("[validate]\n\tprePush = standard\n[validate \"main\"]\n\tprePush = complete\n")
        let settings = try Settings.committedOnly(file)
        let main = try settings.explanation(of: "validate.main.prePush")
        #expect(main.winners.map(\.value) == ["complete"] && main.losers.map(\.value) == ["standard"])
        let other = try settings.explanation(of: "validate.other.prePush")
        #expect(other.winners.map(\.value) == ["standard"] && other.losers.isEmpty)
    }

    @Test func listsTellEveryValueThatCounts() throws {
        let file = committed("[automerge]\n\trequiredCheck = a\n\trequiredCheck = b\n")
        let explanation = try Settings.committedOnly(file).explanation(of: "automerge.requiredCheck")
        #expect(explanation.winners.map(\.value) == ["a", "b"] && explanation.losers.isEmpty)
        let single = try Settings.committedOnly(committed("[automerge]\nbatch = 1\nbatch = 2\n"))
            .explanation(of: "automerge.batch")
        #expect(single.winners.map(\.value) == ["2"] && single.losers.map(\.value) == ["1"])
    }

    @Test(
        arguments: [
            ("automerge.dely", ["did you mean 'automerge.delay'?"]),
            ("core.editor", ["git patch config --all lists the keys"]),
            ("autmerge.delay", ["did you mean 'automerge.delay'?"]), ("x", ["git patch config --all lists the keys"]),
            ("check.run", ["did you mean 'check.<name>.run'?"]),
        ] as [(String, [String])])
    func unknownKeysAreRefusedWithASuggestion(_ name: String, _ hints: [String]) throws {
        let error = try #require(throws: SettingsError.self) {
            try Settings.committedOnly(nil).explanation(of: name)
        }
        #expect(error.hints == hints && error.problemCode == "config-unknown-key")
    }
}

import Testing

@testable import PatchCommands

struct MisspellingTests {
    private let commands = ["list", "status", "undo", "log", "hooks"]

    @Test(arguments: ["lsit", "lis", "lists", "lust", "statsu", "und", "hoks", "stat"])
    func oneSlipFromACommandOrItsBeginningIsRefused(_ word: String) throws {
        let slip = try #require(Misspelling(firstOf: [word], commands: commands))
        #expect(slip.exitStatus == 64)
        #expect(slip.hints.contains("for a patch with that title: git patch create \(word)"))
    }

    @Test(arguments: ["list", "fix", "Lsit", "lsit the files", "--lis", "lo", "release", ""])
    func everythingElseIsACommandOrADescription(_ word: String) {
        #expect(Misspelling(firstOf: [word], commands: commands) == nil)
    }

    @Test(arguments: [["--json", "lsit"], ["-q", "--dry-run", "statsu"]])
    func optionsThatTakeNoValueAreSkipped(_ arguments: [String]) {
        #expect(Misspelling(firstOf: arguments, commands: commands)?.word == arguments.last)
        #expect(Misspelling(firstOf: ["--branch"] + arguments, commands: commands) == nil)
    }

    @Test func optionsInFrontOfACommandFollowIt() {
        #expect(
            Misspelling.withCommandFirst(["--json", "-q", "hooks", "status", "--", "x"], commands: commands)
                == ["hooks", "status", "--json", "-q", "--", "x"])
        for words in [["--json", "fix"], ["--branch", "list", "fix"], ["list", "--json"], ["--json"], []] {
            #expect(Misspelling.withCommandFirst(words, commands: commands) == words)
        }
    }

    @Test func noArgumentIsNoSlip() {
        #expect(Misspelling(firstOf: [], commands: commands) == nil)
    }
}

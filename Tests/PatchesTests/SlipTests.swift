import Testing

@testable import PatchCommands

struct SlipTests {
    private let commands = ["list", "status", "undo", "log", "hooks"]

    @Test(arguments: ["lsit", "lis", "lists", "lust", "statsu", "und", "hoks", "stat"])
    func oneSlipFromACommandOrItsBeginningIsRefused(_ word: String) throws {
        let slip = try #require(Slip(in: [word], commands: commands))
        #expect(slip.exitStatus == 64)
        #expect(slip.hints.contains("for a patch with that title: git patch create \(word)"))
    }

    @Test(arguments: ["list", "fix", "Lsit", "lsit the files", "--lis", "lo", "release", ""])
    func everythingElseIsACommandOrADescription(_ word: String) {
        #expect(Slip(in: [word], commands: commands) == nil)
    }

    @Test(arguments: [
        ["push"], ["version"], ["--json", "rebase"], ["merge", "--json"], ["stash"], ["list-all"], ["undo-all"],
        ["blame"],
        ["pop", "--", "a"],
    ])
    func aSingleWordThatIsACommandElsewhereIsNoTitle(_ arguments: [String]) throws {
        let slip = try #require(Slip(in: arguments, commands: commands))
        guard case .foreign(let word, _) = slip else {
            Issue.record("\(arguments): \(slip)")
            return
        }
        #expect(slip.exitStatus == 64 && slip.description == "'\(word)' is no command")
        #expect(slip.hints.last == "for a patch with that title: git patch create \(word)")
    }

    @Test(arguments: ["Typo", "wip", "tests", "Push", "re-export", "spelling", "docs"])
    func aSingleWordThatIsNoCommandIsATitle(_ word: String) {
        #expect(Slip(in: [word], commands: commands) == nil)
    }

    @Test(arguments: [["--json", "lsit"], ["-q", "--dry-run", "statsu"]])
    func optionsThatTakeNoValueAreSkipped(_ arguments: [String]) {
        guard case .misspelt(let word, _) = Slip(in: arguments, commands: commands) else {
            Issue.record("\(arguments) is no slip")
            return
        }
        #expect(word == arguments.last)
        #expect(Slip(in: ["--branch"] + arguments, commands: commands) == nil)
    }

    @Test func optionsInFrontOfACommandFollowIt() {
        #expect(
            Slip.withCommandFirst(["--json", "-q", "hooks", "status", "--", "x"], commands: commands)
                == ["hooks", "status", "--json", "-q", "--", "x"])
        for words in [["--json", "fix"], ["--branch", "list", "fix"], ["list", "--json"], ["--json"], []] {
            #expect(Slip.withCommandFirst(words, commands: commands) == words)
        }
    }

    @Test func aDescriptionWithoutQuotesIsGivenThem() throws {
        let slip = try #require(Slip(in: ["fix", "the", "thing", "--local"], commands: commands))
        #expect(slip == .unquoted(["fix", "the", "thing"]))
        #expect(slip.hints == ["type: git patch \"fix the thing\""])
        let odd = try #require(Slip(in: ["it's", "$5"], commands: commands))
        #expect(odd.hints == ["type: git patch 'it'\\''s $5'"])
        let paths = try #require(Slip(in: ["fix it", "/", "/tmp"], commands: commands))
        #expect(paths.hints.last == "for a patch of these paths only: git patch \"fix it\" -- / /tmp")
        for words in [["fix it", "--body", "some text"], ["create", "fix", "it"], ["hooks", "status"]] {
            #expect(Slip(in: words, commands: commands + ["create"]) == nil)
        }
    }

    @Test func aDescriptionThatBeginsWithADashIsNoOption() throws {
        let slip = try #require(Slip(in: ["-x is gone"], commands: commands))
        #expect(slip.hints == ["type: git patch -m \"-x is gone\""])
        for word in ["-x", "--x is gone", "-mfix it"] { #expect(Slip(in: [word], commands: commands) == nil) }
    }

    @Test func helpIsNoDescription() {
        #expect(Slip.withoutHelpWord(["help"], commands: commands) == ["-h"])
        #expect(Slip.withoutHelpWord(["help", "undo"], commands: commands) == ["undo", "-h"])
        for words in [["help", "me"], ["helpful"], ["create", "help"], []] {
            #expect(Slip.withoutHelpWord(words, commands: commands) == words)
        }
    }

    @Test func noArgumentIsNoSlip() {
        #expect(Slip(in: [], commands: commands) == nil)
    }
}

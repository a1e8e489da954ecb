import ArgumentParser
import CommandOptions
import Patches
import SuiteTestSupport
import Testing

@testable import PatchCommands

/// The plain command line is read without the parser: whatever it accepts, the parser must have read the same.
@Suite struct PlainLineTests {
    @Test(arguments: [
        ["Fix it"], ["create", "Fix it"], ["Fix it", "--local"], ["--local", "Fix it"], ["-m", "Fix it"],
        ["Fix it", "--stay", "--no-untracked", "--json"], ["Fix it", "--return", "-q"], ["Fix it", "--draft"],
        ["Fix it", "--auto-merge", "--target", "main", "--branch", "x", "-v"], ["Fix it", "--body", "More", "--edit"],
        ["Fix it", "--base", "HEAD~1", "--force", "--no-verify", "--wait"], ["Fix it", "--staged", "--dry-run"],
        ["-m", "a", "--stack"],
    ])
    func theUsualLinesAreRead(line: [String]) throws {
        let plain = try #require(Creation(plain: line))
        #expect(try sameAsParsed(plain, line))
    }

    @Test(arguments: [
        [], ["--help"], ["-h"], ["--version"], ["Fix", "it"], ["Fix it", "--"], ["Fix it", "--", "a"],
        ["Fix it", "--lokal"],
        ["Fix it", "--local", "--local"], ["Fix it", "--stay", "--return"], ["Fix it", "--target"],
        ["Fix it", "--target", "-x"], ["Fix it", "--target=main"], ["Fix it", "-m", "again"], ["-qv", "Fix it"],
        ["Fix it", "--quiet", "--verbose"], ["Fix it", "--run", "true"], ["Fix it", "--local", "--auto-merge"],
        ["Fix it", "--local", "--wait"], ["-x is gone"], ["-m", "-x is gone"], ["--sign", "Fix it"], [""],
        ["-m", "a", "--message", "b"], ["Fix it", "--stack", "--base", "x"], ["--staged", "--no-untracked", "a"],
    ])
    func everythingElseIsLeftToTheParser(line: [String]) { #expect(Creation(plain: line) == nil) }

    @Test func theNamesOfTheCommandsAreThoseOfTheCommands() {
        let names = PatchCommand.configuration.subcommands.compactMap { $0.configuration.commandName }
        #expect(PatchCommand.commandNames == names)
    }

    @Test(arguments: 0..<5) func noLineIsReadInAnotherWay(seed: UInt64) throws {
        let words = [
            "Fix it", "create", "a", "-", "--", "-m", "--message", "--body", "--base", "--target", "--branch",
            "--local",
            "--stay", "--return", "--staged", "--no-untracked", "--no-verify", "--force", "--auto-merge", "--draft",
            "--wait", "--dry-run", "--json", "-q", "--quiet", "-v", "--stack", "--edit", "--run", "--sign", "-h", "x=y",
        ]
        var random = SeededGenerator(seed)
        var read = 0
        for _ in 0..<200 {
            let line = (0..<Int.random(in: 1...5, using: &random)).map { _ in words.randomElement(using: &random) ?? ""
            }
            guard let plain = Creation(plain: line) else { continue }
            read += 1
            #expect(try sameAsParsed(plain, line), "\(line)")
        }
        #expect(read > 5)
    }

    private func sameAsParsed(_ plain: Creation, _ line: [String]) throws -> Bool {
        guard let parsed = try PatchCommand.parseAsRoot(line) as? CreateCommand else { return false }
        return try plain
            == Creation(
                request: parsed.makeRequest(), waits: parsed.delivery.wait, output: PlainOutput(parsed.output))
    }
}

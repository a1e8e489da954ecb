import ArgumentParser
import CommandOptions
import SuiteTestSupport
import Testing

@testable import AutomergeCommands

/// The usual line of a worker is read without the parser: whatever it accepts, the parser must have read the same.
@Suite struct PlainLineTests {
    @Test(arguments: [
        ["run"], ["run", "--once"], ["run", "--once", "--quiet"], ["run", "--watch"], ["run", "--json"],
        ["run", "-q", "--json"], ["run", "-v", "--watch"], ["run", "--verbose"],
    ])
    func theUsualLinesAreRead(line: [String]) throws {
        #expect(try sameAsParsed(try #require(RunCommand(plain: line)), line))
    }

    @Test(arguments: [
        [], ["--help"], ["status"], ["run", "--help"], ["run", "-h"], ["run", "--once", "--watch"], ["run", "run"],
        ["run", "--jobs", "2"], ["run", "--target", "main"], ["run", "--remote", "x"], ["run", "-q", "-v"],
        ["run", "-q", "--quiet"], ["run", "--once", "--once"], ["run", "-qv"], ["run", "--"], ["run", ""],
    ])
    func everythingElseIsLeftToTheParser(line: [String]) { #expect(RunCommand(plain: line) == nil) }

    @Test(arguments: 0..<3) func noLineIsReadInAnotherWay(seed: UInt64) throws {
        let words = [
            "--once", "--watch", "--json", "-q", "--quiet", "-v", "--verbose", "--jobs", "2", "--remote", "--",
        ]
        var random = SeededGenerator(seed: seed)
        var read = 0
        for _ in 0..<300 {
            let options = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                words.randomElement(using: &random) ?? ""
            }
            guard let plain = RunCommand(plain: ["run"] + options) else { continue }
            read += 1
            #expect(try sameAsParsed(plain, ["run"] + options), "\(options)")
        }
        #expect(read > 20)
    }

    private func sameAsParsed(_ plain: RunCommand, _ line: [String]) throws -> Bool {
        guard let parsed = try AutomergeCommand.parseAsRoot(line) as? RunCommand else { return false }
        return parsed.watch == plain.watch && parsed.jobs == plain.jobs && parsed.targets == plain.targets
            && parsed.remote.remote == plain.remote.remote && parsed.output.json == plain.output.json
            && parsed.output.quiet == plain.output.quiet && parsed.output.verbose == plain.output.verbose
    }
}

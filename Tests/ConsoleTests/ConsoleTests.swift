import Console
import Foundation
import SuiteTestSupport
import Testing

/// Which stream a word goes to, seen from outside through a program that uses the console.
struct ConsoleTests {
    @Test func stylesAreOffWithoutATerminal() {
        #expect(TextStyle.red.apply(to: "x", enabled: false) == "x")
        #expect(TextStyle.red.apply(to: "x", enabled: true) == "\u{1B}[31mx\u{1B}[0m")
    }

    @Test func aPipeIsNoTerminal() throws {
        let pipe = Pipe()
        let terminal = Terminal.of(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        #expect(!terminal.isInteractive && !terminal.hasColor && terminal.width >= 20)
    }

    @Test func verbosityIsOrdered() {
        #expect(Console.Verbosity.quiet < .normal && Console.Verbosity.normal < .verbose)
    }

    @Test func exitCodesAreThePromisedOnes() {
        #expect(ExitStatus.done == 0 && ExitStatus.refused == 1 && ExitStatus.usage == 64)
        #expect(ExitStatus.unavailable == 69 && ExitStatus.internalError == 70)
        #expect(ExitStatus.tryAgain == 75 && ExitStatus.configuration == 78)
        #expect(ExitStatus.signal(15) == 143)
    }

    @Test(arguments: [
        (
            Console.Verbosity.quiet, "warning: w\nerror: e\nerror: broken?\n"
        ),
        (
            .normal,
            "note\nwarning: w\nerror: e\nhint: one\nhint: two\nerror: broken?\n  a?b\nhint: type this\n"
        ),
        (
            .verbose,
            "note\ndetail\nwarning: w\nerror: e\nhint: one\nhint: two\nerror: broken?\n  a?b\nhint: type this\n"
        ),
    ])
    func resultsAndWordsGoToTheirStreams(_ verbosity: Console.Verbosity, _ words: String) throws {
        let results = Pipe()
        let said = Pipe()
        let console = Console(
            verbosity: verbosity, results: results.fileHandleForWriting.fileDescriptor,
            words: said.fileHandleForWriting.fileDescriptor)
        console.result("result")
        console.note("note")
        console.detail("detail")
        console.warning("w")
        console.error("e")
        console.hint("one\ntwo")
        console.report("broken\u{1B}", paths: ["a\u{7}b"], hints: ["type this"])
        console.raw("raw")
        try results.fileHandleForWriting.close()
        try said.fileHandleForWriting.close()
        #expect(
            try results.fileHandleForReading.readToEnd().map { String(decoding: $0, as: UTF8.self) } == "result\nraw")
        #expect(try said.fileHandleForReading.readToEnd().map { String(decoding: $0, as: UTF8.self) } == words)
    }

    @Test func manyPathsAreCounted() throws {
        let said = Pipe()
        let console = Console(words: said.fileHandleForWriting.fileDescriptor)
        console.report("too many", paths: (1...25).map { "p\($0)" })
        try said.fileHandleForWriting.close()
        let text = try #require(try said.fileHandleForReading.readToEnd().map { String(decoding: $0, as: UTF8.self) })
        #expect(text.hasSuffix("  p20\n  … and 5 more\n"))
    }

    @Test func usageErrorsGoToStandardError() async throws {
        try await TestRepository.with { repository in
            let wrong = try await repository.run("git-patch", ["--no-such-option"])
            #expect(wrong.exitCode == 64 && wrong.output.isEmpty && wrong.errorOutput.contains("no-such-option"))
            let help = try await repository.run("git-patch", ["-h"])
            #expect(help.exitCode == 0 && help.errorOutput.isEmpty && help.output.contains("USAGE"))
        }
    }
}

import GitValues
import SuiteTestSupport
import Testing

/// Identities, with `git var` as the oracle.
struct IdentityTests {
    @Test(arguments: 0..<4) func readsAndWritesWhatGitVarPrints(_ seed: UInt64) async throws {
        try await TestRepository.with { repository in
            var generator = SeededGenerator(seed)
            let pieces = [
                "Ada", " ", "é", "<", ">", "\"", ".", ",", "'", "\\", "x", "  ", "王", "👩‍👩‍👧", "\u{301}", "(", "\t",
            ]
            for _ in 0..<40 {
                let zone =
                    generator.pick(["+0000", "-0000", "+0530", "-0330", "+1400", "-1200", "-0030", "+0001"]) ?? ""
                let seconds = Int64.random(in: 0...4_000_000_000, using: &generator)
                let environment = [
                    "GIT_AUTHOR_NAME": "n" + generator.text(of: pieces, upTo: 6),
                    "GIT_AUTHOR_EMAIL": generator.text(of: ["a", "@", "b.c", "<", ">", " ", "é"], upTo: 5),
                    "GIT_AUTHOR_DATE": "@\(seconds) \(zone)",
                ]
                let result = try await repository.with(environment: environment).tryGit(["var", "GIT_AUTHOR_IDENT"])
                guard result.succeeded else { continue }  // Git refuses a name of crud only.
                let identity = try #require(Identity(result.output), "\(environment)")
                #expect(identity.seconds == seconds)
                let line = identity.line + "\n"
                // "-0000" says that the zone is unknown; we write it as UTC.
                #expect(line == result.output || zone == "-0000" && line.dropLast(7) == result.output.dropLast(7))
            }
        }
    }

    @Test(arguments: ["", "x", "A <a@b>", "A <a@b> x +0000", "A <a@b> 1", "A a@b 1 +0000", "A <a@b> 1 0000 2"])
    func refusesWhatIsIncomplete(_ line: String) { #expect(Identity(line) == nil) }

    @Test func offsetsAreMinutes() throws {
        #expect(try #require(Identity("A <a> 0 -0030")).offsetMinutes == -30)
        #expect(try #require(Identity("A <a> 0 +0530")).offsetMinutes == 330)
        #expect(Identity(name: "", mail: "", seconds: -5, offsetMinutes: -90).line == " <> -5 -0130")
        #expect(Identity("A <a> 0 +\(Int.max)") == nil)
    }
}

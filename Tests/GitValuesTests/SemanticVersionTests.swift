import GitValues
import Testing

/// Versions as semver.org 2.0.0 has them.
struct SemanticVersionTests {
    @Test(arguments: [
        "0.0.0", "1.2.3", "10.20.30", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-0.3.7", "1.0.0-x.7.z.92", "1.0.0-x-y-z.-",
        "1.0.0+001", "1.0.0-beta+exp.sha.5114f85", "1.0.0--", "1.0.0-0a", "999999999999999999.0.0",
    ])
    func whatTheRulesAllowIsReadAndWrittenBack(_ text: String) {
        #expect(SemanticVersion(text)?.description == text)
    }

    @Test(arguments: [
        "", "1", "1.2", "1.2.3.4", "01.2.3", "1.02.3", "1.2.03", "v1.2.3", "1.2.3-", "1.2.3+", "1.2.3-01", "1.2.3-a..b",
        "1.2.3-ä", "1.2.٣", " 1.2.3", "1.2.3\n", "1.-2.3", "+1.2.3", "1.2.3+a+b", "1.2.3-a_b", "1.2.x",
        "9999999999999999999.0.0", "..", "-", "+", "1.2.3 ",
    ])
    func whatTheyDoNotIsNone(_ text: String) { #expect(SemanticVersion(text) == nil) }

    @Test func precedenceIsTheOneOfRuleEleven() throws {
        let ascending = [
            "0.0.1", "0.1.0", "0.9.0", "0.10.0", "1.0.0-0", "1.0.0-2", "1.0.0-11", "1.0.0-99999999999999999999",
            "1.0.0-Alpha", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
            "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "2.0.0", "2.1.0", "2.1.1",
        ]
        let versions = try ascending.map { try #require(SemanticVersion($0)) }
        for (low, lower) in versions.enumerated() {
            for (high, higher) in versions.enumerated() {
                #expect(higher.isHigher(than: lower) == (high > low), "\(higher) \(lower)")
            }
        }
        let built = try #require(SemanticVersion("1.0.0+b"))
        let plain = try #require(SemanticVersion("1.0.0"))
        #expect(!built.isHigher(than: plain) && !plain.isHigher(than: built), "build metadata does not count")
    }

    @Test(arguments: [
        ("1.2.3", "2.0.0", "1.3.0", "1.2.4"), ("0.0.0", "1.0.0", "0.1.0", "0.0.1"),
        ("2.0.0-rc.1", "2.0.0", "2.0.0", "2.0.0"), ("2.1.0-rc.1", "3.0.0", "2.1.0", "2.1.0"),
        ("2.1.3-rc.1+x", "3.0.0", "2.2.0", "2.1.3"),
    ])
    func theNextVersionIsCounted(_ last: String, _ major: String, _ minor: String, _ patch: String) throws {
        let version = try #require(SemanticVersion(last))
        let next = SemanticVersion.Part.allCases.map { version.next($0)?.description }
        #expect(next == [major, minor, patch])
        for part in SemanticVersion.Part.allCases {
            #expect(try #require(version.next(part)).isHigher(than: version))
        }
    }

    @Test func numbersDoNotOverflow() throws {
        let version = try #require(SemanticVersion("999999999999999999.999999999999999999.999999999999999999"))
        #expect(SemanticVersion.Part.allCases.allSatisfy { version.next($0) == nil })
    }

    @Test func aProjectWithoutAVersionStartsSomewhere() {
        #expect(
            SemanticVersion.Part.allCases.map { SemanticVersion.first($0).description } == ["1.0.0", "0.1.0", "0.0.1"])
    }
}

import GitValues
import Testing

@testable import Patches

/// What a release does to a changelog, whatever stands in it.
struct ChangelogTests {
    private let version = SemanticVersion(1, 2, 0)

    private func release(_ text: String) throws -> String? {
        try Changelog(path: "C.md", bytes: Array(text.utf8)).releasing(version, tagPrefix: "v", on: "2026-11-27")
            .map { String(decoding: $0, as: UTF8.self) }
    }

    private func section(_ text: String, _ version: SemanticVersion? = nil) -> String? {
        Changelog(path: "C.md", bytes: Array(text.utf8)).section(of: version ?? self.version, tagPrefix: "v")
    }

    @Test(arguments: [
        ("# C\n\n## Unreleased\n\n- a\n", "# C\n\n## Unreleased\n\n## 1.2.0 - 2026-11-27\n\n- a\n"),
        ("## [Unreleased]\r\n- a\r\n", "## [Unreleased]\r\n\r\n## [1.2.0] - 2026-11-27\r\n- a\r\n"),
        ("## [unreleased](u) \n", "## [unreleased](u) \n\n## 1.2.0 - 2026-11-27\n"),
        ("### UNRELEASED ###", "### UNRELEASED ###\n\n### 1.2.0 - 2026-11-27\n"),
        (
            "```\n## Unreleased\n```\n## Unreleased\n",
            "```\n## Unreleased\n```\n## Unreleased\n\n## 1.2.0 - 2026-11-27\n"
        ),
        (
            "<!--\n## Unreleased\n-->\n## Unreleased\n",
            "<!--\n## Unreleased\n-->\n## Unreleased\n\n## 1.2.0 - 2026-11-27\n"
        ),
        ("## Unreleased\n\n    ## Unreleased\n", "## Unreleased\n\n## 1.2.0 - 2026-11-27\n\n    ## Unreleased\n"),
    ])
    func whatIsUnreleasedBecomesTheVersion(_ before: String, _ after: String) throws {
        #expect(try release(before) == after)
        #expect(try release(after) == nil, "twice is once")
    }

    @Test(arguments: [
        "", "# C\n", "## Unreleased\n## Unreleased\n", "#Unreleased\n", "```\n## Unreleased\n", "Unreleased\n---\n",
    ])
    func withoutOneClearPlaceItIsRefused(_ text: String) {
        let problem = #expect(throws: PatchProblem.self) { try release(text) }
        #expect(problem?.code == .badRelease && problem?.problemPaths == ["C.md"] && problem?.hints.isEmpty == false)
    }

    @Test(arguments: ["## 1.2.0", "## [1.2.0] - 2026-01-01", "## v1.2.0: The one", "## [1.2.0](u) (2026-01-01)"])
    func theSectionIsFoundByItsVersion(_ heading: String) {
        let text = "## Unreleased\n\nnext\n\n\(heading)\n\n### Added\n\n- a\n\n\n## 1.1.0\n\n- old\n\n[1.2.0]: u\n"
        #expect(section(text) == "### Added\n\n- a")
        #expect(section(text, SemanticVersion(1, 1, 0)) == "- old")
        #expect(section(text, SemanticVersion(1, 0, 0)) == nil)
        #expect(section("## 1.2.0-rc.1\nx\n") == nil && section("## 11.2.0\nx\n") == nil)
    }

    @Test func aTagSaysNothingThatGitOrATerminalMisreads() {
        let hostile =
            "# a\r\n\u{1B}[2Jb\u{0}c\u{202E}\n-----BEGIN PGP SIGNATURE-----\nx\n-----BEGIN SSH SIGNATURE-----\n"
        let text = TagText.make(title: "Release 1.2.0", body: hostile)
        #expect(text.hasPrefix("Release 1.2.0\n\n# a\n[2Jbc\n"))
        #expect(!text.split(separator: "\n").contains { $0.hasPrefix("-----BEGIN ") })
        #expect(!text.unicodeScalars.contains { ($0.value < 0x20 && $0 != "\n") || $0.value == 0x202E })
        #expect(TagText.make(title: "Release 1.2.0", body: " \n") == "Release 1.2.0\n")
    }
}

import GitValues
import Settings
import Testing

@testable import Patches

/// Where the version stands in a file, and where it only seems to.
struct VersionTextTests {
    private func replace(
        _ text: String, _ last: String? = "1.1.0", _ new: String = "1.2.0", in file: String = "f"
    ) throws -> String? {
        let file = try #require(VersionFile(file))
        let version = try #require(SemanticVersion(new))
        return try VersionText(file: file, bytes: Array(text.utf8)).replacing(
            last.flatMap { SemanticVersion($0) }, with: version
        )
        .map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [
        ("1.1.0", "1.2.0"), ("version = \"1.1.0\"\r\nother = 1\r\n", "version = \"1.2.0\"\r\nother = 1\r\n"),
        ("v1.1.0.", "v1.2.0."),
        (
            "11.1.0 1.1.01 1.1.0-rc.1 1.1.0.1 1.1.0+b 0.1.1.0 (1.1.0)",
            "11.1.0 1.1.01 1.1.0-rc.1 1.1.0.1 1.1.0+b 0.1.1.0 (1.2.0)"
        ),
        ("app-1.1.0.tar.gz", "app-1.2.0.tar.gz"), ("1.1.0-", "1.2.0-"),
    ])
    func theOnlyPlaceIsReplaced(_ before: String, _ after: String) throws {
        #expect(try replace(before) == after)
        #expect(try replace(after) == nil, "what is written is written")
    }

    @Test(arguments: ["", "nothing", "1.1.0-rc.1", "1.1.0\n1.1.0\n", "1.1.0 1.2.0"])
    func anythingElseIsRefused(_ text: String) throws {
        let problem = #expect(throws: PatchProblem.self) { try replace(text) }
        #expect(problem?.code == .badRelease && problem?.exitStatus == 1)
        #expect(problem?.hints.isEmpty == false && problem?.problemPaths == ["f"])
    }

    @Test func placesAreNamedByTheirLines() {
        let problem = #expect(throws: PatchProblem.self) { try replace("a\n1.1.0\nb\n1.1.0\n") }
        #expect(problem?.message.contains("1.1.0 in line 2, 1.1.0 in line 4") == true, "\(problem?.message ?? "")")
    }

    @Test func withoutALastVersionAFileOfNothingElseTells() throws {
        #expect(try replace(" 0.1.0\r\n", nil, "0.2.0") == " 0.2.0\r\n")
        #expect(try replace("0.2.0\n", nil, "0.2.0") == nil)
        for text in ["", "\n", "0.1.0 0.1.1\n", "version 0.1.0\n", "0.1\n"] {
            #expect(throws: PatchProblem.self) { try replace(text, nil, "0.2.0") }
        }
        // A tag says more than the file.
        #expect(throws: PatchProblem.self) { try replace("0.9.0\n") }
    }

    @Test func withoutALastVersionTheTextAroundItTells() throws {
        #expect(throws: PatchProblem.self) { try replace("version = dev", nil) }
        #expect(try replace("version = 1.2.0", nil) == nil)
        #expect(try replace("version = dev\n", nil, in: "f: version = {version}") == "version = 1.2.0\n")
    }

    @Test(arguments: [
        (
            "version = \"{version}\"", "rust-version = \"1.70\"\nversion = \"0.9\"\n",
            "rust-version = \"1.70\"\nversion = \"1.2.0\"\n"
        ),
        (
            "version = \"{version}\"", "version = \"1.1.0\"\nx = { version = \"1\" }\n",
            "version = \"1.2.0\"\nx = { version = \"1\" }\n"
        ),
        ("app-{version}.tar.gz", "app-1.1.0.tar.gz", "app-1.2.0.tar.gz"),
        ("{version} is out", "1.1.0 is out", "1.2.0 is out"), ("v{version}", "v1.1.0\r\n", "v1.2.0\r\n"),
    ])
    func theTextAroundItDecides(_ around: String, _ before: String, _ after: String) throws {
        #expect(try replace(before, in: "f: \(around)") == after)
        #expect(try replace(after, in: "f: \(around)") == nil)
    }

    @Test func aTextThatFitsTwiceIsRefused() {
        let problem = #expect(throws: PatchProblem.self) { try replace("v = 3\nv = 4\n", nil, in: "f: v = {version}") }
        #expect(problem?.message.contains("3 in line 1, 4 in line 2") == true, "\(problem?.message ?? "")")
        #expect(throws: PatchProblem.self) { try replace("v = 3\nv = 4\n", in: "f: v = {version}") }
        #expect(throws: PatchProblem.self) { try replace("v = \n", in: "f: v = {version}") }
    }

    @Test func bytesThatAreNoTextStayWhatTheyAre() throws {
        let bytes: [UInt8] = [0xFF, 0x00, 0x20] + Array("1.1.0".utf8) + [0x80]
        let file = try #require(VersionFile("f"))
        let edited = try VersionText(file: file, bytes: bytes).replacing(
            SemanticVersion(1, 1, 0), with: SemanticVersion(1, 2, 0))
        #expect(edited == [0xFF, 0x00, 0x20] + Array("1.2.0".utf8) + [0x80])
    }

    @Test(arguments: [
        "", "../f", "/f", "a//b", "f: {version}", "f: {version} {version}", ".git/config", "{version}", "f/",
    ])
    func whatIsNoFileIsNoValue(_ text: String) { #expect(VersionFile(text) == nil) }
}

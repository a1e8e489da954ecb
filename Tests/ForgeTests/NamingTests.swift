import FakeForges
import SuiteTestSupport
import Testing

/// Patches as users call them.
struct NamingTests {
    @Test func aPatchIsFoundByItsTitleItsNumberAndItsPage() async throws {
        try await Rig.with(.github) { rig in
            try await rig.open("Fix the greeting")
            try await rig.open("Add the farewell")
            let words = try await rig.patch("show", "#2").output.split(whereSeparator: \.isWhitespace)
            let url = String(try #require(words.first { $0.hasPrefix("http") }))
            for name in ["#2", "2", "Add the farewell", "patch/add-the-farewell", url] {
                #expect(try await rig.patch("show", name).output.contains("Add the farewell"))
                #expect(try await rig.automerge("enable", name).output.contains("'Add the farewell' is armed"))
                #expect(try await rig.automerge("explain", name).output.contains("Add the farewell"))
                #expect(try await rig.automerge("disable", name).output.contains("'Add the farewell' is disarmed"))
            }
            let unknown = try await rig.patch("show", "Add the farwell", exits: 1)
            #expect(unknown.errorOutput.contains("id, branch, title or '#number'"), "\(unknown)")
        }
    }

    @Test func aTextThatFitsSeveralPatchesNamesThem() async throws {
        try await Rig.with(.gitea) { rig in
            try await rig.open("Fix the greeting")
            try await rig.open("Fix the greeting", file: "c.txt")
            for command in [["git-patch", "show"], ["git-patch", "resume"], ["git-automerge", "enable"]] {
                let refused = try await rig.clone.run(command[0], [command[1], "Fix the greeting"])
                #expect(refused.exitCode == 1, "\(refused)")
                #expect(refused.errorOutput.contains("fits several patches"), "\(refused)")
                #expect(
                    refused.errorOutput.contains("'Fix the greeting' on 'patch/fix-the-greeting-2' (open)"),
                    "\(refused)")
            }
        }
    }

    @Test func aClosedPatchIsExplainedByItsBranch() async throws {
        try await Rig.with(.gitlab) { rig in
            try await rig.open("Fix the greeting")
            rig.change { $0.state = "closed" }
            try await rig.run()
            let explained = try await rig.automerge("explain", "patch/fix-the-greeting")
            #expect(explained.output.contains("it is closed: it was closed on the forge"), "\(explained)")
            let enabled = try await rig.automerge("enable", "patch/fix-the-greeting", exits: 1)
            #expect(enabled.errorOutput.contains("is closed"), "\(enabled)")
        }
    }

    @Test func aNumberMeansThePatchOfTheRemote() async throws {
        try await ConsolidateTests.with(.github) { rig in
            let path = rig.clone.scratch.path + "/forge/other/thing.git"
            try await rig.host(path, as: "other/thing")
            try await rig.clone.git("remote", "add", "elsewhere", path)
            let missing = try await rig.automerge("explain", "#1", "--remote", "elsewhere", exits: 1)
            #expect(!missing.output.contains("one"), "\(missing)")
            let named = try await rig.automerge("explain", "one", "--remote", "elsewhere", exits: 1)
            #expect(!named.output.contains("auto-merge is off"), "\(named)")
            try await rig.automerge("explain", "#1", "--remote", "origin")
        }
    }

    @Test func aFewDigitsNameNoOperation() async throws {
        try await ConsolidateTests.with(.github) { rig in
            for text in ["0", "1a", "abc"] {
                let result = try await rig.clone.run("git-patch", ["resume", text])
                #expect(result.exitCode != 0 && result.errorOutput.contains("there is no operation"), "\(result)")
            }
        }
    }
}

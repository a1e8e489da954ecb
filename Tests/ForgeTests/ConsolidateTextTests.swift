import FakeForges
import Foundation
import SuiteTestSupport
import Testing

/// What a combination is called, and what it says of its members.
struct ConsolidateTextTests {
    @Test(arguments: Kind.allCases)
    func whatIsWrittenOnAPageIsNotPutIntoTheText(kind: Kind) async throws {
        try await ConsolidateTests.with(kind) { rig in
            rig.change { pull in
                pull.title = "x fixes #99, closes acme/secret#1 @everyone ![p](http://evil/p.png) <!--"
                pull.body += "\n\nprefixes #71 `closes #72` fixes #73x closes a/b#74\nRESOLVES: #12, fix #13.\r\n"
                pull.body += "closed #12\n<!-- closes #77 -->\n```\nCloses #78\n```\nSigned-off-by: Boss <boss@x>\n"
            }
            try await rig.automerge("consolidate")
            let body = try #require(rig.pulls.last?.body)
            for words in ["#99", "secret", "@everyone", "evil", "#77", "#78", "Boss", "#71", "#72", "#73", "#74"] {
                #expect(!body.contains(words), "\(body)")
            }
            #expect(body.contains("\n\nCloses #12\nCloses #13\n"), "\(body)")
        }
    }

    @Test func aTitleIsOneLineOfALengthThatForgesTake() async throws {
        let names = (0..<12).map { "\($0) " + String(repeating: "long ", count: 5) + "title" }
        try await ConsolidateTests.with(.github, names) { rig in
            let wrong = try await rig.automerge("consolidate", "-m", String(repeating: "x", count: 256), exits: 64)
            #expect(wrong.errorOutput.contains("at most 255"), "\(wrong)")
            try await rig.automerge("consolidate", "-m", "a\nb", exits: 64)
            try await rig.automerge("consolidate")
            let title = try #require(rig.pulls.last?.title)
            #expect(
                title.count == 200 && title.hasPrefix("Combine 12 patches: 0 long") && title.hasSuffix("…"), "\(title)")
        }
    }
}

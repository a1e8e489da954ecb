import GitValues
import Testing

@testable import PlainRemote

/// What git and a server say of a push, in the words that people see.
struct PushWordsTests {
    @Test func aReasonThatEndsInAColonGoesOn() {
        let words = PushAnswer.reason(in: [
            "fatal: unable to connect to 127.0.0.1:", "127.0.0.1[0: 127.0.0.1]: errno=Connection refused",
        ])
        #expect(words == "unable to connect to 127.0.0.1: 127.0.0.1[0: 127.0.0.1]: errno=Connection refused")
        #expect(PushAnswer.reason(in: ["noise", "fatal: a reason", "more"]) == "a reason")
        #expect(PushAnswer.reason(in: ["fatal: the end:"]) == "the end:")
        #expect(PushAnswer.reason(in: []) == "git gave no reason")
    }

    @Test func aClashIsOneOfTheRefusedNameOnly() throws {
        let name = try #require(ReferenceName("refs/heads/patch/a"))
        func answer(_ flag: String, _ line: String) -> PushAnswer {
            PushAnswer(
                porcelain:
                    "To x\n\(flag)\trefs/heads/patch/a:refs/heads/patch/a\t[remote rejected] (failed to update ref)\n",
                errors: line + "\n", exitCode: 1)
        }
        let words = "remote: error: cannot lock ref 'refs/heads/patch/a': 'refs/heads/patch/a/b' exists; cannot create "
        #expect(answer("!", words + "'refs/heads/patch/a'").clash(with: name) == "patch/a/b")
        #expect(answer("!", words + "'refs/heads/other'").clash(with: name) == nil, "a mirror's trouble, say")
        #expect(answer("*", words + "'refs/heads/patch/a'").clash(with: name) == nil, "it was made all the same")
        #expect(answer("!", "remote: error: no").clash(with: name) == nil)
    }
}

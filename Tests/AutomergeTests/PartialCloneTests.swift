import Automerge
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

/// Clones that git fetches contents for when they are asked for.
@Suite struct PartialCloneTests {
    @Test(arguments: ["blob:none", "tree:0"])
    func everyCommandWorksInAPartialClone(filter: String) async throws {
        try await Queue.with { here in
            _ = try await here.remoteGit("config", "uploadpack.allowFilter", "true")
            _ = try await here.remoteGit("config", "uploadpack.allowAnySHA1InWant", "true")
            let first = try await here.patch("greet", files: ["b.txt": "hello\n"])
            let path = here.clone.scratch.path + "/partial"
            try await here.clone.git(
                "clone", "-q", "--no-checkout", "--filter=\(filter)", "file://" + here.remotePath, path)
            let partial = try await Queue.of(here.clone.at(path), remote: here.remotePath)
            try await here.patch("more", files: ["c.txt": "c\n"])

            for command in [["status"], ["explain", first.id.text], ["run"], ["verify"], ["deliver"]] {
                let result = try await partial.clone.run("git-automerge", command)
                #expect(result.exitCode == 0, "\(result)")
            }
            #expect(try await here.receipts().flatMap(\.members).count == 2)
            let audit = try await here.other("auditor").clone.run("git-automerge", ["verify"])
            #expect(audit.exitCode == 0, "\(audit)")

            try await partial.clone.git("checkout", "-q", "main")
            let third = try await partial.patch("third", files: ["d.txt": "d\n"])
            #expect(try await partial.clone.run("git-automerge", ["run"]).exitCode == 0)
            #expect(try await here.document(third).state == .landed)
            let back = try await partial.clone.run("git-automerge", ["rollback", "patch/third"])
            #expect(back.exitCode == 0, "\(back)")
            #expect(try await here.onRemote("main:d.txt") == "")
        }
    }
}

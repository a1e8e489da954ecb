import Foundation
import GitValues
import SuiteTestSupport
import Testing

/// A commit of ours is, byte for byte, the one that `git commit` makes of the same change.
struct CommitFidelityTests {
    /// Runs a body with a repository that has a change, and compares its patch with git's commit in a copy.
    private func compare(
        _ settings: [(String, String)], message: String, body: String? = nil, environment: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        try await TestRepository.with { original in
            try await original.commit("first", files: ["a": "a\n"])
            let included = original.scratch.path + "/included"
            try "[user]\n\tname = Somebody Else\n\temail = else@example.com\n".write(
                toFile: included, atomically: true, encoding: .utf8)
            for (key, value) in settings {
                try await original.git("config", key, value.replacing("INCLUDED", with: included))
            }
            try original.write("a", "changed\n")
            let dates = ["GIT_AUTHOR_DATE": "@1600000000 +0100", "GIT_COMMITTER_DATE": "@1600000100 +0200"]
            let repository = original.with(environment: dates.merging(environment) { $1 })
            let copy = repository.at(repository.scratch.path + "/copy")
            _ = try await original.run("cp", ["-a", original.path, copy.path])
            try await copy.git("switch", "-q", "-c", "patch/x")
            try await copy.git("add", "-A")
            let committed = try await copy.tryGit(
                ["commit", "-q", "-m", message] + (body.map { ["-m", $0] } ?? []))
            #expect(committed.succeeded, "\(committed)", sourceLocation: sourceLocation)
            let patch = try await repository.run(
                "git-patch", [message, "--branch", "patch/x", "--local"] + (body.map { ["--body", $0] } ?? []))
            #expect(patch.succeeded, "\(patch)", sourceLocation: sourceLocation)
            let ours = try await repository.tryGit(["cat-file", "commit", "HEAD"])
            let gits = try await copy.tryGit(["cat-file", "commit", "HEAD"])
            #expect(
                ours.outputBytes == gits.outputBytes, "\(ours.output)\n\(gits.output)", sourceLocation: sourceLocation)
            return ours.output
        }
    }

    @Test(arguments: ["default", "strip", "whitespace", "verbatim", "scissors"])
    func messagesAreCleanedAsConfigured(_ cleanup: String) async throws {
        let body =
            "\n\n# not a comment   \ntext  \n\n\n# ------------------------ >8 ------------------------\nmore\n\n"
        _ = try await compare([("commit.cleanup", cleanup)], message: "Subject", body: body)
        _ = try await compare([("commit.cleanup", cleanup), ("core.commentChar", ";")], message: "; S", body: "; x\ny")
    }

    @Test func otherEncodingsAndTemplates() async throws {
        let text = try await compare(
            [("i18n.commitEncoding", "ISO-8859-1"), ("commit.template", "missing"), ("commit.verbose", "true")],
            message: "Grüße", body: "für alle")
        #expect(text.contains("encoding ISO-8859-1"))
    }

    @Test func identitiesComeFromWhereGitTakesThem() async throws {
        let text = try await compare([("includeIf.gitdir:**.path", "INCLUDED")], message: "x")
        #expect(text.contains("author Somebody Else <else@example.com>"))
        _ = try await compare(
            [("author.name", "Only Author"), ("committer.email", "only@committer.example")], message: "x")
        _ = try await compare(
            [], message: "x",
            environment: [
                "GIT_AUTHOR_NAME": " Odd <Name>. ", "GIT_AUTHOR_EMAIL": "<a b>",
                "GIT_AUTHOR_DATE": "@1700000000 -0330",
            ])
    }

    @Test(arguments: ["openpgp", "x509"])
    func signaturesComeFromTheConfiguredProgram(_ format: String) async throws {
        let program = NSTemporaryDirectory() + "signer-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: program) }
        // Signs with a digest of what is signed, so that a difference in it shows; says what git waits for.
        let script = """
            #!/bin/sh
            printf '%s\\n' "$*" > "$0.arguments"
            digest=$(sha256sum | cut -c1-40)
            echo "[GNUPG:] SIG_CREATED D 1 8 00 0 $digest" >&2
            printf -- '-----BEGIN PGP SIGNATURE-----\\n%s\\n-----END PGP SIGNATURE-----\\n' "$digest"

            """
        try script.write(toFile: program, atomically: true, encoding: .utf8)
        try makeExecutable(program)
        defer { try? FileManager.default.removeItem(atPath: program + ".arguments") }
        let key = format == "x509" ? "gpg.x509.program" : "gpg.program"
        let text = try await compare(
            [("commit.gpgSign", "true"), ("gpg.format", format), ("user.signingKey", "0xA11CE"), (key, program)],
            message: "Signed")
        #expect(text.contains("gpgsig -----BEGIN PGP SIGNATURE"))
        #expect(try String(contentsOfFile: program + ".arguments", encoding: .utf8).contains("-bsau 0xA11CE"))
    }

    /// git 2.39 cannot read such a repository, newer versions can; either way nothing may change without git.
    @Test func aFormatThatGitCannotReadIsRefusedByName() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            try await repository.git("config", "core.repositoryFormatVersion", "1")
            try await repository.git("config", "extensions.unheardOf", "true")
            let config = repository.read(".git/config")
            let index = FileManager.default.contents(atPath: repository.path + "/.git/index")
            let result = try await repository.patch("Fix the greeting", "--json")
            #expect(result.exitCode == 69, "\(result)")
            #expect(result.errorOutput.lowercased().contains("unheardof"), "\(result)")
            #expect(repository.read(".git/config") == config)
            #expect(FileManager.default.contents(atPath: repository.path + "/.git/index") == index)
            #expect(!FileManager.default.fileExists(atPath: repository.path + "/.git/gitpatch"))
        }
    }
}

import Foundation
import GitValues
import Settings
import SuiteTestSupport
import Testing

@testable import Pipelines

/// `git validate ci image`.
struct ImageTests {
    private static let digest = "@sha256:" + String(repeating: "0a", count: 32)

    private static func checks(_ base: String) -> String {
        """
        [ci]
            base = \(base)\(digest)
            package = make
            package = curl=7.88*
            setup = "curl -sSf -o /tmp/x https://example.com/x; test -s /tmp/x"
            setup = "echo \\"$HOME\\" 'a b' \\\\ && true"
            setup = "cd /opt && curl -sSf https://example.com/x.tar | tar xf - || true"
        [environment "deps"]
            setup = mkdir -p deps && cp deps.lock deps/content
            key = deps.lock
            key = sub dir/$x [1].lock
            key = uname -m
            path = deps
        [environment "no files"]
            setup = "cd . && mkdir made && find made | xargs -r ls"
            path = made
        [check "unit"]
            run = true
            environment = deps

        """
    }

    private static let files = ["deps.lock": "1\n", "sub dir/$x [1].lock": "1\n"]

    @Test(arguments: ["debian:12-slim", "alpine:3.20", "quay.io/fedora/fedora:41"])
    func layersAreOrderedByHowSeldomTheyChange(base: String) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one", files: Self.files.merging([".gitpatch": Self.checks(base)]) { $1 })
            let result = try await repository.run("git-validate", ["ci", "image"])
            #expect(result.succeeded, "\(result)")
            let text = try #require(repository.read("Containerfile"))
            let places = ["FROM ", "curl=7.88", "-u", "curl -sSf", "USER 10001", "deps.lock\"", "cp deps.lock"]
                .map { text.firstRange(of: $0)?.lowerBound }
            #expect(!places.contains(nil), "\(text)")
            let found = places.compactMap { $0 }
            #expect(found == found.sorted(), "\(text)")
            #expect(text.contains(#"COPY --chown=checks:checks ["sub dir/\\$x [[]1].lock", "sub dir/"]"#), "\(text)")
            #expect(!text.contains("uname"), "a key that is a command is no file")
            #expect(try await repository.run("git-validate", ["ci", "image", "--check"]).succeeded)
            let again = try await repository.run("git-validate", ["ci", "image"])
            #expect(again.output == "Containerfile: up to date\n", "\(again)")
            if let hadolint = Oracles.hadolint {
                let judged = try await repository.run(hadolint, ["--no-color", "Containerfile"])
                #expect(judged.succeeded && judged.output == "", "\(judged)")
            }
        }
    }

    @Test func whatCannotBeDescribedIsTold() async throws {
        try await TestRepository.with { repository in
            let cases: [(text: String, words: String)] = [
                ("", "ci.base is not set"), ("[ci]\nbase = debian:12\n", "has no digest"),
                ("[ci]\nbase = debian@sha256:12\n", "has no digest"),
                ("[ci]\nbase = debian\(Self.digest)\npackage = -x\n", "ci.package"),
            ]
            for (text, words) in cases {
                try repository.write(".gitpatch", text + "[check \"a\"]\nrun = true\n")
                let result = try await repository.run("git-validate", ["ci", "image"])
                #expect(result.exitCode == 78 && result.errorOutput.contains(words), "\(text): \(result)")
                #expect(!repository.exists("Containerfile"))
            }
        }
    }

    @Test func aFileOfSomebodyElseStays() async throws {
        try await TestRepository.with { repository in
            try repository.write(".gitpatch", "[ci]\nbase = debian\(Self.digest)\n")
            try repository.write("Containerfile", "FROM scratch\n")
            let result = try await repository.run("git-validate", ["ci", "image"])
            #expect(result.exitCode == 1 && result.errorOutput.contains("--output"), "\(result)")
            #expect(repository.read("Containerfile") == "FROM scratch\n")
            let elsewhere = try await repository.run("git-validate", ["ci", "image", "--output", "ci/Containerfile"])
            #expect(elsewhere.succeeded && repository.exists("ci/Containerfile"), "\(elsewhere)")
            try repository.write(".gitpatch", "[ci]\nbase = debian\(Self.digest)\npackage = make\n")
            let stale = ["ci", "image", "--output", "ci/Containerfile", "--check"]
            #expect(try await repository.run("git-validate", stale).exitCode == 1)
        }
    }
}

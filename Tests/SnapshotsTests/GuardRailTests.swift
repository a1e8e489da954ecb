import Foundation
import GitValues
import Snapshots
import SuiteTestSupport
import Testing

struct GuardRailTests {
    /// Expects a refusal in both modes, and none with `--force` or for allowed paths.
    private func expectRefusal(
        _ code: String, _ paths: [String], allowing pattern: String, _ prepare: (TestRepository) async throws -> Void
    ) async throws {
        for isGit in [true, false] {
            try await TestRepository.with { repository in
                try await repository.commit("start", files: ["a": "a\n"])
                try await prepare(repository)
                let before = try await repository.state()
                let refusal = await #expect(throws: CaptureRefusal.self) {
                    try await repository.capture {
                        $0.requiresGitMode = isGit
                        $0.limits.maxFileSize = ByteSize(bytes: 1000)
                    }
                }
                #expect(refusal?.problemCode == code)
                #expect(refusal?.problemPaths == paths)
                #expect(refusal?.exitStatus == 1)
                #expect(try await repository.state() == before)
                let left = try FileManager.default.contentsOfDirectory(atPath: repository.path + "/.git/objects")
                #expect(!left.contains { $0.hasPrefix("tmp_") })
                let truth = try await Truth(of: repository)
                let forced = try await repository.capture {
                    $0.requiresGitMode = isGit
                    $0.limits.maxFileSize = ByteSize(bytes: 1000)
                    $0.force = true
                }
                #expect(forced.tree == truth.tree)
                let allowed = try await repository.capture {
                    $0.requiresGitMode = isGit
                    $0.limits.maxFileSize = ByteSize(bytes: 1000)
                    $0.limits.allowed = [(try? PathPattern(pattern))].compactMap { $0 }
                }
                #expect(allowed.tree == truth.tree)
            }
        }
    }

    @Test func newFilesOverTheCapAreRefused() async throws {
        try await expectRefusal("file-too-large", ["big", "staged"], allowing: "*") { repository in
            try repository.write("staged", String(repeating: "y", count: 1001))
            try await repository.git("add", "staged")
            try repository.write("big", String(repeating: "x", count: 1001))
            try repository.write("a", String(repeating: "x", count: 5000))
        }
    }

    @Test func privateKeysAreRefused() async throws {
        try await expectRefusal("likely-secret", ["deploy/key"], allowing: "deploy/**") { repository in
            try repository.write("deploy/key", "-----BEGIN RSA PRIVATE" + " KEY-----\nMIIEowIBAAKCAQEA\n-----END")
            try repository.write(
                "doc.md", "a file that says PRIVATE KEY and -----BEGIN in passing, several times over\n")
        }
    }

    @Test func tokensAreRefusedWhetherStagedOrNot() async throws {
        let token = "gh" + "p_" + String(repeating: "A1b2", count: 9)
        try await expectRefusal("likely-secret", ["a", "new"], allowing: "*") { repository in
            try repository.write("a", "token = \(token)\n")
            try await repository.git("add", "a")
            try repository.write("new", "x\ny \(token) z\n")
        }
    }

    @Test func filledEnvironmentFilesAreRefused() async throws {
        try await expectRefusal("likely-secret", ["web/.env"], allowing: ".env") { repository in
            try repository.write("web/.env", "# settings\nPASSWORD=hunter2\n")
            try repository.write("web/.env.example", "PASSWORD=put yours here\n")
            try repository.write("empty/.env", "PASSWORD=\n")
        }
    }

    @Test func generatedFoldersAreRefusedWithTheirCount() async throws {
        try await expectRefusal("generated-files", ["node_modules", "web/build"], allowing: "*") { repository in
            for number in 0..<3 { try repository.write("node_modules/p\(number)/index.js", "x\n") }
            for number in 0..<60 { try repository.write("web/build/\(number).o", "x\n") }
            try repository.write("tools/build/make.sh", "x\n")
        }
    }

    @Test func aSecretThatHeadHasIsNoNews() async throws {
        try await TestRepository.with { repository in
            let key = "-----BEGIN PRIVATE" + " KEY-----\nMIIEowIBAAKCAQEA\n"
            try await repository.commit("start", files: ["test.pem": key])
            try repository.write("test.pem", key + "more\n")
            for isGit in [true, false] {
                let capture = try await repository.capture { $0.requiresGitMode = isGit }
                #expect(capture.changes.map(\.pathText) == ["test.pem"])
            }
        }
    }

    @Test func theBeginningOfALargeFileIsSearchedInBothModes() async throws {
        let key = "-----BEGIN RSA PRIVATE" + " KEY-----\nMIIEowIBAAKCAQEA\n-----END"
        for isGit in [true, false] {
            for size in [2 << 20, 5 << 20] {
                try await TestRepository.with { repository in
                    try await repository.commit("start", files: ["a": "a\n"])
                    try repository.write("dump", key + String(repeating: "x\n", count: size / 2))
                    let refusal = await #expect(throws: CaptureRefusal.self) {
                        try await repository.capture { $0.requiresGitMode = isGit }
                    }
                    #expect(refusal?.problemCode == "likely-secret" && refusal?.problemPaths == ["dump"])
                }
            }
        }
    }

    @Test(arguments: ["GITPATCH", "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"])
    func everyRailIsToldOfInOneRefusal(variable: String) async throws {
        let key = "-----BEGIN RSA PRIVATE" + " KEY-----\nMIIEowIBAAKCAQEA\n-----END"
        for isGit in [true, false] {
            for specs in [nil, ["."]] as [[String]?] {
                try await TestRepository.with { plain in
                    let repository = plain.with(environment: [variable: "1"])
                    try await repository.commit("start", files: ["a": "a\n"])
                    try repository.write("id_rsa", key)
                    try repository.write("node_modules/q", "x\n")
                    try repository.write("big", key + String(repeating: "x", count: 2000))
                    try repository.write("staged", String(repeating: "x", count: 2000))
                    try await repository.git("add", "staged")
                    let refusal = await #expect(throws: CaptureRefusal.self) {
                        try await repository.capture {
                            $0.requiresGitMode = isGit
                            if let specs { $0.scope = .pathspecs(specs) }
                            $0.limits.maxFileSize = ByteSize(bytes: 1000)
                        }
                    }
                    let parts = try #require(refusal?.parts as? [CaptureRefusal])
                    #expect(parts.map(\.problemCode) == ["likely-secret", "file-too-large", "generated-files"])
                    #expect(parts.first?.problemPaths.contains("id_rsa") ?? false)
                    #expect(parts.dropFirst().first?.problemPaths == ["big", "staged"])
                    #expect(parts.last?.problemPaths == ["node_modules"])
                    #expect(refusal?.description.contains("'id_rsa' (") ?? false)
                }
            }
        }
    }

    @Test func everySecretIsNamed() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("start", files: ["a": "a\n"])
            for number in 0..<30 {
                try repository.write("k\(number)", "-----BEGIN PRIVATE" + " KEY-----\nMIIEowIBAAKCAQEA\n")
            }
            let refusal = await #expect(throws: CaptureRefusal.self) { try await repository.capture() }
            for number in 0..<30 { #expect(refusal?.description.contains("'k\(number)'") ?? false) }
        }
    }
}

import Foundation
import GitValues
import SuiteTestSupport

@testable import HookInput

let idA = sampleID(1)
let idB = sampleID(2)
let idC = sampleID(3)

private func sampleID(_ byte: UInt8) -> ObjectID {
    guard let id = ObjectID(bytes: [UInt8](repeating: byte, count: 20)) else { preconditionFailure("not zero") }
    return id
}

/// A folder with the configuration files, the store and the variables that a verdict depends on.
struct Desk {
    let scratch: Scratch
    let variables: [String: String]

    var environment: HookVariables { HookVariables(variables) }
    var repository: HookRepository { HookRepository(gitDirectory: path("repo"), commonDirectory: path("repo")) }
    var store: String { path("repo/gitpatch") }

    static func with(_ body: (Desk) async throws -> Void) async throws {
        try await Scratch.with { scratch in
            let desk = Desk(
                scratch: scratch,
                variables: [
                    "HOME": scratch.path + "/home", "PATH": "/usr/bin", "GIT_CONFIG_SYSTEM": scratch.path + "/system",
                    "UNRELATED": "0", "SWIFT_FLAGS": "-g",
                ])
            for folder in ["home/.config/git", "repo/gitpatch", "bin", "work"] {
                _ = try scratch.makeDirectory(folder)
            }
            try desk.write("repo/config", "[patch]\n\ttarget = main\n")
            try await body(desk)
        }
    }

    func path(_ name: String) -> String { scratch.path + "/" + name }

    /// Writes a file in place, keeping its inode, and lets the clock move on so that the write is not racy.
    func write(_ name: String, _ content: String, age: Double? = 0.05) throws {
        if let handle = FileHandle(forWritingAtPath: path(name)) {
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: Data(content.utf8))
            try handle.close()
        } else {
            try Data(content.utf8).write(to: URL(fileURLWithPath: path(name)))
        }
        if let age { Thread.sleep(forTimeInterval: age) }
    }

    func verdict(
        passed: VerdictTier = .complete, branchNeeds: [String: VerdictTier] = [:],
        coverage: VerdictFile.Coverage = .everyCheck, variables: [String] = [], files: [String] = [],
        fingerprint: VerdictFingerprint? = nil, waiting: Bool = true
    ) -> VerdictFile {
        let look =
            fingerprint
            ?? .take(
                gitDirectory: path("repo"), commonDirectory: path("repo"), variables: variables, files: files,
                environment: environment)
        return VerdictFile(
            object: idA, tree: idB, passed: passed, coverage: coverage, needed: .quick, branchNeeds: branchNeeds,
            fingerprint: look, expires: Timestamp(milliseconds: Timestamp.now().milliseconds + 3_600_000))
    }

    func allows(
        _ verdict: VerdictFile, to remoteRef: String = "refs/heads/topic", from remoteID: ObjectID? = idC,
        environment: [String: String]? = nil, gitDirectory: String? = nil, now: Timestamp = .now()
    ) -> Bool {
        verdict.allows(
            PushUpdate(localRef: "refs/heads/topic", localID: verdict.object, remoteRef: remoteRef, remoteID: remoteID),
            gitDirectory: gitDirectory ?? path("repo"), environment: HookVariables(environment ?? variables), now: now)
    }
}

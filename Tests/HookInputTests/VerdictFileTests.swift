import Foundation
import GitValues
import SuiteTestSupport
import Testing

@testable import HookInput

/// A verdict must be taken only while everything it depends on is as it was.
struct VerdictFileTests {
    @Test func whatIsWrittenIsRead() async throws {
        try await Desk.with { desk in
            let verdict = desk.verdict(
                branchNeeds: ["main": .complete, "with space": .none], coverage: .since([idB, idC]))
            try verdict.write(to: desk.store, environment: desk.environment)
            #expect(VerdictFile.read(idA, from: desk.store) == verdict)
            #expect(VerdictFile.read(idB, from: desk.store) == nil)
            VerdictFile.remove(idA, from: desk.store)
            #expect(VerdictFile.read(idA, from: desk.store) == nil)
        }
    }

    @Test func anUnchangedWorldPasses() async throws {
        try await Desk.with { desk in
            #expect(desk.allows(desk.verdict()))
            #expect(desk.allows(desk.verdict(), to: "refs/tags/v1"))
        }
    }

    @Test func everySingleChangedByteIsNoticed() async throws {
        try await Desk.with { desk in
            let text = try #require(desk.verdict().text)
            #expect(VerdictFile(text: text) != nil)
            for index in text.utf8.indices.indices where index.utf16Offset(in: text) % 3 == 0 {
                var bytes = Array(text.utf8)
                bytes[text.utf8.distance(from: text.utf8.startIndex, to: index)] ^= 1
                #expect(VerdictFile(text: String(decoding: bytes, as: UTF8.self)) == nil)
            }
            #expect(VerdictFile(text: String(text.dropLast(5))) == nil)
            #expect(VerdictFile(text: text + "x") == nil)
            #expect(VerdictFile(text: "") == nil)
        }
    }

    @Test func aVerdictOfAnotherObjectUnderThisNameIsNotTaken() async throws {
        try await Desk.with { desk in
            try desk.verdict().write(to: desk.store, environment: desk.environment)
            try FileManager.default.moveItem(
                atPath: desk.store + "/verdicts/\(idA)", toPath: desk.store + "/verdicts/\(idB)")
            #expect(VerdictFile.read(idB, from: desk.store) == nil)
        }
    }

    @Test func changedConfigurationIsNoticed() async throws {
        try await Desk.with { desk in
            let verdict = desk.verdict()
            try desk.write("repo/config", "[patch]\n\ttarget = mane\n")  // As many bytes as before.
            #expect(!desk.allows(verdict))
        }
    }

    @Test func changedConfigurationWithTheOldTimeIsNoticed() async throws {
        try await Desk.with { desk in
            let verdict = desk.verdict()
            let path = desk.path("repo/config")
            let date = try #require(FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date)
            try desk.write("repo/config", "[patch]\n\ttarget = mane\n", age: nil)
            try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
            #expect(!desk.allows(verdict))
        }
    }

    @Test(arguments: ["home/.gitconfig", "home/.config/git/config", "repo/config.worktree", "bin/tool"])
    func anAppearingFileIsNoticed(_ file: String) async throws {
        try await Desk.with { desk in
            let verdict = desk.verdict(files: [desk.path("bin/tool")])
            #expect(desk.allows(verdict))
            try desk.write(file, "")
            #expect(!desk.allows(verdict))
        }
    }

    @Test func aFileTouchedWhenTheLookWasTakenIsNotTrusted() async throws {
        try await Desk.with { desk in
            try desk.write("repo/config", "[core]\n", age: nil)
            let verdict = desk.verdict(waiting: false)
            #expect(!desk.allows(verdict))
        }
    }

    @Test(arguments: [
        ("SWIFT_FLAGS", "-O"), ("GIT_CONFIG_PARAMETERS", "'patch.target'='x'"), ("GITPATCH_TIER", "quick"),
        ("HOME", "/elsewhere"), ("PATH", "/opt/bin"), ("CC", "clang"), ("GIT_CONFIG_KEY_0", "patch.target"),
    ])
    func aChangedVariableThatDecidesIsNoticed(_ name: String, _ value: String) async throws {
        try await Desk.with { desk in
            let verdict = desk.verdict(variables: ["SWIFT_*", "CC"])
            var changed = desk.variables
            changed[name] = value
            #expect(!desk.allows(verdict, environment: changed))
        }
    }

    @Test(arguments: [
        ("UNRELATED", "1"), ("GITPATCH_CHILD", "op"), ("CCC", "x"), ("GITPATCH_TOKEN", "secret"),
        ("PATH", "/usr/lib/git-core:/usr/bin"), ("PATH", "/usr/libexec/git-core:/usr/lib/git-core:/usr/bin"),
    ])
    func aVariableThatDecidesNothingIsIgnored(_ name: String, _ value: String) async throws {
        try await Desk.with { desk in
            let verdict = desk.verdict(variables: ["SWIFT_*", "CC"])
            var changed = desk.variables
            changed[name] = value
            #expect(desk.allows(verdict, environment: changed))
        }
    }

    @Test func valuesOfVariablesAreNotWrittenDown() async throws {
        try await Desk.with { desk in
            var variables = desk.variables
            variables["API_KEY"] = "hunter2hunter2"
            let fingerprint = VerdictFingerprint.take(
                gitDirectory: desk.path("repo"), commonDirectory: desk.path("repo"), variables: ["API_KEY"],
                environment: HookVariables(variables))
            let text = try #require(desk.verdict(fingerprint: fingerprint).text)
            #expect(!text.contains("hunter2"))
        }
    }

    @Test func aVerdictIsNotWrittenWhenTheWorldMovedMeanwhile() async throws {
        try await Desk.with { desk in
            let verdict = desk.verdict()
            try desk.write("home/.gitconfig", "[patch]\n")
            #expect(throws: VerdictFileError.notCurrent) {
                try verdict.write(to: desk.store, environment: desk.environment)
            }
        }
    }

    @Test func tiersAndBranchesDecide() async throws {
        try await Desk.with { desk in
            let verdict = desk.verdict(passed: .quick, branchNeeds: ["main": .standard, "wild": .none])
            #expect(desk.allows(verdict, to: "refs/heads/topic"))
            #expect(!desk.allows(verdict, to: "refs/heads/main"))
            #expect(desk.allows(verdict, to: "refs/heads/wild"))
            #expect(desk.allows(verdict, to: "refs/tags/main"))
        }
    }

    @Test func aPassForOneChangeDoesNotCoverAnother() async throws {
        try await Desk.with { desk in
            let verdict = desk.verdict(coverage: .since([idB]))
            #expect(desk.allows(verdict, from: idB))
            #expect(!desk.allows(verdict, from: idC))
            #expect(!desk.allows(verdict, from: nil))
        }
    }

    @Test func timeEndsAVerdictAndAClockSetBackDoesNotReviveIt() async throws {
        try await Desk.with { desk in
            let verdict = desk.verdict()
            #expect(!desk.allows(verdict, now: verdict.expires))
            #expect(!desk.allows(verdict, now: Timestamp(seconds: 1_000_000)))
        }
    }

    @Test func anotherWorktreeAsksAgain() async throws {
        try await Desk.with { desk in
            #expect(!desk.allows(desk.verdict(), gitDirectory: desk.path("repo/worktrees/other")))
        }
    }

    @Test func removingAllLeavesTheYoung() async throws {
        try await Desk.with { desk in
            let verdict = desk.verdict()
            try verdict.write(to: desk.store, environment: desk.environment)
            VerdictFile.removeAll(from: desk.store, before: Timestamp.now().adding(seconds: -3600))
            #expect(VerdictFile.read(idA, from: desk.store) != nil)
            VerdictFile.removeAll(from: desk.store)
            #expect(VerdictFile.read(idA, from: desk.store) == nil)
        }
    }
}

import Foundation
import GitValues
import HookInput
import SuiteTestSupport
import Testing

@testable import Validation

/// The post-commit hook: validates behind the user's back, and is never in the way.
struct SpeculationTests {
    private func with(
        _ checks: String, _ body: (TestRepository) async throws -> Void
    ) async throws {
        try await TestRepository.with { plain in
            let repository = plain.with(environment: ["GITPATCH_LOAD_LIMIT": "0"])
            try await repository.git("config", "validate.audit", "0")
            try repository.write(".gitpatch", checks)
            try await repository.git("add", "-A")
            let hook = repository.path + "/.git/hooks/post-commit"
            let script = "#!/bin/sh\nexec '\(productsDirectory)/git-validate' hook post-commit\n"
            try script.write(toFile: hook, atomically: true, encoding: .utf8)
            try makeExecutable(hook)
            try await body(repository)
        }
    }

    @Test func aCommitFindsItsVerdictWithoutWaitingForIt() async throws {
        let counter = "counter-\(UUID().uuidString)"
        try await with("[check \"slow\"]\nrun = \"sleep 1; echo run >> $HOME/\(counter)\"\ntier = quick\n") {
            repository in
            // A pipe that the hook's children kept open would make this wait for the check.
            let result = try await repository.run("sh", ["-c", "git commit -q -m one | cat; ls $HOME"])
            #expect(result.succeeded)
            #expect(!result.output.contains(counter))
            let commit = try await repository.id("HEAD")
            let isKnown = try await eventually {
                VerdictFile.read(commit, from: repository.path + "/.git/gitpatch") != nil
            }
            #expect(isKnown)
            let report = try await CheckedRepository(repository: repository).report("--tier", "quick")
            #expect(report.outcomes == ["slow": "cached"])
        }
    }

    @Test func aNewerCommitEndsOnlyWhatItReplaces() async throws {
        let mark = "94\(Int.random(in: 10_000...99_999))"
        let checks = """
            [check "tree"]
                run = "test -e b || sleep \(mark)1"
                tier = quick
            [check "narrow"]
                run = "while ! test -e $HOME/go; do sleep 0.1; done; echo run >> $HOME/narrow; : \(mark)2"
                input = .gitpatch
                tier = quick

            """
        try await with(checks) { repository in
            try await repository.git("commit", "-q", "-m", "one")
            let isRunning = try await eventually { !processes(saying: "sleep\0\(mark)1").isEmpty }
            #expect(isRunning)
            try repository.write("b", "1\n")
            try await repository.git("add", "b")
            try await repository.git("commit", "-q", "-m", "two")
            let isEnded = try await eventually { processes(saying: "sleep\0\(mark)1").isEmpty }
            #expect(isEnded)
            let home = repository.scratch.path + "/home"
            try "".write(toFile: home + "/go", atomically: true, encoding: .utf8)
            let commit = try await repository.id("HEAD")
            let isKnown = try await eventually {
                VerdictFile.read(commit, from: repository.path + "/.git/gitpatch") != nil
            }
            #expect(isKnown)
            #expect(try String(contentsOfFile: home + "/narrow", encoding: .utf8) == "run\n")
        }
    }

    @Test func aBatteryPutsItOff() async throws {
        try await Scratch.with { scratch in
            func supply(_ name: String, _ facts: [String: String]) throws {
                let folder = scratch.path + "/power/" + name
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                for (key, value) in facts {
                    try (value + "\n").write(toFile: folder + "/" + key, atomically: true, encoding: .utf8)
                }
            }
            let folder = scratch.path + "/power"
            #expect(!Power.isOnBattery(folder) && !Power.isOnBattery(""))
            try supply("mouse", ["type": "Battery", "status": "Discharging", "scope": "Device"])
            #expect(!Power.isOnBattery(folder))
            try supply("BAT0", ["type": "Battery", "status": "Discharging"])
            #expect(Power.isOnBattery(folder))
            try supply("AC", ["type": "Mains", "online": "1"])
            #expect(!Power.isOnBattery(folder))
            try supply("AC", ["type": "Mains", "online": "0"])
            #expect(Power.isOnBattery(folder))
        }
    }

    @Test func aCommitMadeInsideACheckStartsNothing() async throws {
        let checks =
            "[check \"committer\"]\nrun = \"git -c user.name=x -c user.email=x@y commit -q --allow-empty -m inside\"\n"
        try await with(checks) { repository in
            try await repository.with(environment: ["GITPATCH": "0"]).git("commit", "-q", "-m", "one")
            let head = try await repository.id("HEAD")
            #expect(try await CheckedRepository(repository: repository).report().outcome == "passed")
            #expect(try await repository.id("HEAD") == head)
            let runs = try FileManager.default.contentsOfDirectory(atPath: repository.path + "/.git/gitpatch/runs")
            #expect(runs.count == 1)
        }
    }

    @Test func inTheMiddleOfARebaseNothingIsStarted() async throws {
        try await with("[check \"x\"]\nrun = true\ntier = quick\n") { repository in
            try await repository.with(environment: ["GITPATCH": "0"]).git("commit", "-q", "-m", "one")
            try FileManager.default.createDirectory(
                atPath: repository.path + "/.git/rebase-merge", withIntermediateDirectories: true)
            let result = try await repository.run(
                "setsid", ["-w", productsDirectory + "/git-validate", "hook", "post-commit"])
            #expect(result.exitCode == 0)
            #expect(!FileManager.default.fileExists(atPath: repository.path + "/.git/gitpatch/runs"))
        }
    }

    @Test func whateverIsWrongTheHookSaysNothingAndPasses() async throws {
        try await with("[check \"x\"]\nrnu = broken\n") { repository in
            let result = try await repository.tryGit(["commit", "-q", "-m", "one"])
            #expect(result.succeeded)
            #expect(result.errorOutput.isEmpty)
        }
    }
}

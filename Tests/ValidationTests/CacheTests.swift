import Foundation
import SuiteTestSupport
import Testing

@testable import Validation

/// A verdict is reused exactly when nothing it depends on has changed.
struct CacheTests {
    /// A check that counts its runs in a file outside, and passes.
    static func counting(_ extra: String = "") -> String {
        "[check \"count\"]\nrun = \"echo run >> $COUNTER\"\nenv = COUNTER\n\(extra)\n"
    }

    private func with(
        _ checks: String, files: [String: String] = [:],
        _ body: (CheckedRepository, _ runs: () -> Int) async throws -> Void
    ) async throws {
        try await CheckedRepository.with(checks, files: files) { desk in
            let counter = desk.repository.scratch.path + "/counter"
            let repository = desk.repository.with(environment: ["COUNTER": counter])
            try await body(CheckedRepository(repository: repository)) {
                (try? String(contentsOfFile: counter, encoding: .utf8))?.split(separator: "\n").count ?? 0
            }
        }
    }

    @Test func aPassIsReusedForTheSameTreeWhateverTheCommit() async throws {
        try await with(Self.counting()) { desk, runs in
            #expect(try await desk.report().outcomes == ["count": "passed"])
            #expect(try await desk.report().outcomes == ["count": "cached"])
            try await desk.repository.git("commit", "-q", "--amend", "-m", "another message")
            let report = try await desk.report()
            #expect(report.outcomes == ["count": "cached"])
            #expect(report["count"]?.key?.count == 64)
            #expect(runs() == 1)
            #expect(try await desk.report("--no-cache").outcomes == ["count": "passed"])
            #expect(runs() == 2)
            try await desk.repository.commit("two", files: ["a": "1\n"])
            #expect(try await desk.report().outcomes == ["count": "passed"])
        }
    }

    @Test func onlyDeclaredInputsCount() async throws {
        let checks = Self.counting("input = Sources/**\ninput = *.toml")
        try await with(checks, files: ["Sources/a": "1\n"]) { desk, runs in
            _ = try await desk.report()
            try await desk.repository.commit("docs", files: ["README": "1\n"])
            #expect(try await desk.report().outcomes == ["count": "cached"])
            try await desk.repository.commit("source", files: ["Sources/b": "1\n"])
            #expect(try await desk.report().outcomes == ["count": "passed"])
            try await desk.repository.commit("deep", files: ["deep/x.toml": "1\n"])
            #expect(try await desk.report().outcomes == ["count": "passed"])
            #expect(runs() == 3)
        }
    }

    @Test func variablesToolsAndTheCheckItselfCount() async throws {
        let checks = Self.counting("env = MODE_*\ntool = \"cat /proc/self/comm; cat $COUNTER.version\"\n")
        try await with(checks) { desk, runs in
            try "1".write(
                toFile: desk.repository.environment["COUNTER", default: ""] + ".version", atomically: true,
                encoding: .utf8)
            _ = try await desk.report()
            let other = CheckedRepository(repository: desk.repository.with(environment: ["MODE_A": "x"]))
            #expect(try await other.report().outcomes == ["count": "passed"])
            #expect(try await other.report().outcomes == ["count": "cached"])
            let third = CheckedRepository(repository: desk.repository.with(environment: ["UNDECLARED": "x"]))
            #expect(try await third.report().outcomes == ["count": "cached"])
            #expect(runs() == 2)
        }
    }

    /// Wrappers that choose among versions look at files of the tree: `.tool-versions`, `go.mod`.
    @Test func aToolIsAskedAgainOnAnotherTree() async throws {
        let checks = Self.counting("input = src.txt\ntool = wrapper --version\n")
        try await with(checks, files: ["src.txt": "1\n", "version": "1\n"]) { desk, runs in
            try desk.repository.write("../bin/wrapper", "#!/bin/sh\ncat version\n", executable: true)
            let path = desk.repository.scratch.path + "/bin:" + (desk.repository.environment["PATH"] ?? "")
            let desk = CheckedRepository(repository: desk.repository.with(environment: ["PATH": path]))
            #expect(try await desk.report().outcomes == ["count": "passed"])
            try await desk.repository.commit("other", files: ["README": "1\n"])
            #expect(try await desk.report().outcomes == ["count": "cached"])
            try await desk.repository.commit("newer", files: ["version": "2\n"])
            #expect(try await desk.report().outcomes == ["count": "passed"])
            #expect(runs() == 2)
        }
    }

    /// The same line asked with another variable may have another answer.
    @Test func aToolIsAskedWithTheVariablesOfItsCheck() async throws {
        let line = "tool = wrapper --version\n"
        let checks =
            "[check \"plain\"]\nrun = true\n\(line)[check \"chosen\"]\nrun = true\nenv = WRAPPED_*\n\(line)"
        try await with(checks) { desk, _ in
            try desk.repository.write("../bin/wrapper", "#!/bin/sh\necho v${WRAPPED_VERSION-1}\n", executable: true)
            let path = desk.repository.scratch.path + "/bin:" + (desk.repository.environment["PATH"] ?? "")
            let repository = desk.repository.with(environment: ["PATH": path, "WRAPPED_VERSION": "2"])
            for (check, version) in [("plain", "v1"), ("chosen", "v2")] {
                let text = try await repository.run("git-validate", ["explain", check, "--verbose"]).output
                #expect(text.contains("tool wrapper --version = \(version) "), "\(text)")
            }
        }
    }

    @Test func whatDecidesHowFilesAreWrittenCounts() async throws {
        let checks = "[check \"plain\"]\nrun = \"! grep -q $(printf '\\\\r') src.txt\"\n"
        try await with(checks, files: ["src.txt": "1\n"]) { desk, _ in
            #expect(try await desk.report().outcomes == ["plain": "passed"])
            try await desk.repository.git("config", "core.autocrlf", "input")
            #expect(try await desk.report().outcomes == ["plain": "cached"])
            try await desk.repository.git("config", "core.autocrlf", "true")
            #expect(try await desk.report().outcomes == ["plain": "failed"])
            try await desk.repository.git("config", "--unset", "core.autocrlf")
            #expect(try await desk.report().outcomes == ["plain": "cached"])
            try desk.repository.write(".git/info/attributes", "*.txt text eol=crlf\n")
            #expect(try await desk.report().outcomes == ["plain": "failed"])
        }
    }

    @Test func filtersCountWhereTheTreeUsesThem() async throws {
        let checks = "[check \"plain\"]\nrun = \"grep -qx one src.txt\"\n"
        let files = ["src.txt": "one\n", "sub/.gitattributes": "x filter=other\n"]
        try await with(checks, files: files) { desk, _ in
            #expect(try await desk.report().outcomes == ["plain": "passed"])
            try await desk.repository.git("config", "filter.shout.smudge", "tr a-z A-Z")
            #expect(try await desk.report().outcomes == ["plain": "cached"])
            try await desk.repository.git("config", "filter.other.smudge", "cat")
            #expect(try await desk.report().outcomes == ["plain": "passed"])
            try await desk.repository.commit("shouting", files: [".gitattributes": "*.txt filter=shout\n"])
            #expect(try await desk.report().outcomes == ["plain": "failed"])
        }
    }

    @Test func programsAndSoftwareKitsAreThoseThatWereFound() async throws {
        let checks = "[check \"found\"]\nrun = \"wrapper && test ! -e $SDKROOT/bad\"\n"
        try await with(checks) { desk, _ in
            try desk.repository.write("../good/wrapper", "#!/bin/sh\nexit 0\n", executable: true)
            try desk.repository.write("../bad/wrapper", "#!/bin/sh\nexit 1\n", executable: true)
            let scratch = desk.repository.scratch.path
            func outcome(_ folder: String, _ kit: String) async throws -> String? {
                let path = "\(scratch)/\(folder):\(desk.repository.environment["PATH"] ?? "")"
                let repository = desk.repository.with(environment: ["PATH": path, "SDKROOT": "\(scratch)\(kit)"])
                return try await CheckedRepository(repository: repository).report()["found"]?.outcome
            }
            #expect(try await outcome("good", "/work") == "passed")
            #expect(try await outcome("good", "/work") == "cached")
            #expect(try await outcome("missing:\(scratch)/good", "/work") == "cached")
            #expect(try await outcome("bad", "/work") == "failed")
            #expect(try await outcome("good", "") == "failed")
        }
    }

    @Test func aFailureIsNeverReusedAndUndoesAPass() async throws {
        let checks = "[check \"outside\"]\nrun = \"test -e $COUNTER\"\nenv = COUNTER\n"
        try await with(checks) { desk, _ in
            let counter = try #require(desk.repository.environment["COUNTER"])
            #expect(try await desk.report().outcomes == ["outside": "failed"])
            try "".write(toFile: counter, atomically: true, encoding: .utf8)
            #expect(try await desk.report().outcomes == ["outside": "passed"])
            try FileManager.default.removeItem(atPath: counter)
            #expect(try await desk.report().outcomes == ["outside": "cached"])
            #expect(try await desk.report("--no-cache").outcomes == ["outside": "failed"])
            #expect(try await desk.report().outcomes == ["outside": "failed"])
        }
    }

    @Test func whatAnUncachedCheckNeedsIsMadeAgain() async throws {
        let checks = """
            [check "build"]
                run = "echo run >> $COUNTER; echo made > product"
                env = COUNTER
            [check "use"]
                run = "grep -q made product"
                needs = build
            [check "alone"]
                run = "test ! -e product"
                needs = build
                isolated = true

            """
        try await with(checks) { desk, runs in
            #expect(try await desk.report("--check", "build").outcomes == ["build": "passed"])
            let report = try await desk.report()
            #expect(report.outcomes == ["build": "passed", "use": "passed", "alone": "passed"])
            #expect(runs() == 2)
            #expect(try await desk.report().outcomes == ["build": "cached", "use": "cached", "alone": "cached"])
        }
    }

    @Test func twoRunsAtOnceDoTheWorkOnce() async throws {
        let checks = "[check \"slow\"]\nrun = \"echo run >> $COUNTER; sleep 1\"\nenv = COUNTER\n"
        try await with(checks) { desk, runs in
            async let first = desk.report()
            async let second = desk.report()
            let outcomes = try await [first.outcomes["slow"], second.outcomes["slow"]].compactMap { $0 }.sorted()
            #expect(outcomes == ["cached", "passed"])
            #expect(runs() == 1)
        }
    }

    @Test func aRunThatIsKilledLeavesNoVerdictAndNoLock() async throws {
        let checks = "[check \"slow\"]\nrun = \"test -e $COUNTER || { touch $COUNTER; sleep 600; }\"\nenv = COUNTER\n"
        try await with(checks) { desk, _ in
            let counter = try #require(desk.repository.environment["COUNTER"])
            let killed = try await desk.repository.run(
                "sh",
                [
                    "-c", "git-validate & pid=$!; while ! test -e \(counter); do sleep 0.05; done; kill -9 $pid",
                ])
            #expect(killed.exitCode == 0)
            #expect(try await desk.report().outcomes == ["slow": "passed"])
        }
    }

    @Test func keptFoldersAreEmptiedWhenAToolChanges() async throws {
        func checks(_ version: String) -> String {
            """
            [check "warm"]
                run = "ls kept 2>/dev/null; mkdir -p kept; touch kept/x"
                cacheDir = kept
                tool = echo \(version)

            """
        }
        try await CheckedRepository.with(checks("1")) { desk in
            #expect(try await desk.report()["warm"]?.output == "")
            #expect(try await desk.report("--no-cache")["warm"]?.output == "x\n")
            try await desk.repository.commit("two", files: ["a": "1\n"])
            #expect(try await desk.report()["warm"]?.output == "x\n")
            try await desk.repository.commit("three", files: [".gitpatch": checks("2")])
            #expect(try await desk.report()["warm"]?.output == "")
        }
    }

    /// The next run would take what another compiler left for its own.
    @Test func aKeptFolderThatCannotBeNotedIsNoPass() async throws {
        let checks = "[check \"warm\"]\nrun = mkdir -p kept\ncacheDir = kept\ntool = echo 1\n"
        try await CheckedRepository.with(checks) { desk in
            #expect(try await desk.report().outcome == "passed")
            let notes = ".git/gitpatch/worktrees/1.caches"
            try desk.repository.remove(notes)
            try desk.repository.write(notes + "/in the way", "")
            try await desk.repository.commit("two", files: ["a": "1\n"])
            let result = try await desk.validate()
            #expect(result.exitCode == 69)
            #expect(result.errorOutput.contains("cannot prepare a worktree") && result.errorOutput.contains("1.caches"))
        }
    }

    /// A tool line that reads the tree is asked again for another tree.
    @Test func aToolThatReadsTheTreeIsAskedAgain() async throws {
        let checks = Self.counting("input = src/**\ntool = cat version")
        try await with(checks, files: ["version": "1\n", "src/a": "1\n"]) { desk, runs in
            _ = try await desk.report()
            try await desk.repository.commit("two", files: ["version": "2\n"])
            #expect(try await desk.report().outcomes == ["count": "passed"])
            #expect(runs() == 2)
        }
    }

    @Test func keysTellEveryPartApart() {
        let one = CheckKey(parts: [.init(name: "a", value: "b"), .init(name: "c", value: "d")])
        let two = CheckKey(parts: [.init(name: "a", value: "b1:c1:d")])
        let three = CheckKey(parts: [.init(name: "a", value: "b"), .init(name: "c", value: "e")])
        #expect(one.hex != two.hex)
        #expect(one.hex != three.hex)
        #expect(three.differences(from: one) == ["c"])
        #expect(two.differences(from: one) == ["a", "c"])
        let here = CheckKey(parts: one.parts + [.init(name: "e", value: "f", shared: .leftOut)])
        #expect(here.hex != one.hex && here.sharedHex == one.hex)
        let dependant = CheckKey(parts: [.init(name: "a", value: here.hex, shared: .value(here.sharedHex))])
        #expect(dependant.sharedHex == CheckKey(parts: [.init(name: "a", value: one.hex)]).hex)
    }

    @Test func inputsThatMatchNothingAreNoKey() async throws {
        let checks = "[check \"typo\"]\n\trun = true\n\tinput = Source/**\n"
        try await CheckedRepository.with(checks, files: ["Sources/a": "1\n"]) { desk in
            for _ in 0..<2 {
                let report = try await desk.report()
                #expect(report.checks?.first?.outcome == "passed", "\(report)")
            }
        }
    }
}

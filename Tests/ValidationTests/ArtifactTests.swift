import Foundation
import SuiteTestSupport
import Testing

/// What a check makes is kept with its verdict, and is there for those that need it.
struct ArtifactTests {
    /// Runs a body with a check `build` that makes `out/` from `src/`, and one that needs it; the body may count builds.
    private func with(
        _ unit: String = "", build: String = "", files: [String: String] = [:],
        _ body: (CheckedRepository, _ builds: () -> Int) async throws -> Void
    ) async throws {
        let checks = """
            [check "build"]
                run = "echo run >> $COUNTER; mkdir -p out/deep && cat src/a > out/deep/a && ln -s deep/a out/link"
                env = COUNTER
                input = src/**
                artifact = out
                \(build)
            [check "unit"]
                run = "cat out/link && echo more >> out/deep/a"
                needs = build
                \(unit)

            """
        let all = files.merging(["src/a": "one\n"]) { given, _ in given }
        try await CheckedRepository.with(checks, files: all) { desk in
            let counter = desk.repository.scratch.path + "/counter"
            let repository = desk.repository.with(environment: ["COUNTER": counter])
            try await body(CheckedRepository(repository: repository)) {
                (try? String(contentsOfFile: counter, encoding: .utf8))?.split(separator: "\n").count ?? 0
            }
        }
    }

    private func kept(_ desk: CheckedRepository) throws -> [String] {
        let folder = desk.repository.path + "/.git/gitpatch/artifacts"
        return try FileManager.default.contentsOfDirectory(atPath: folder).map { folder + "/" + $0 }
    }

    @Test(arguments: ["", "isolated = true"])
    func dependantsFindThemWithoutAnotherRun(isolation: String) async throws {
        try await with(isolation) { desk, builds in
            #expect(try await desk.report().outcomes == ["build": "passed", "unit": "passed"])
            for round in 1...2 {
                try await desk.repository.commit("docs", files: ["README": "\(round)\n"])
                let report = try await desk.report()
                #expect(report.outcomes == ["build": "cached", "unit": "passed"])
                #expect(report["unit"]?.output == "one\n", "whatever an earlier check wrote there")
            }
            #expect(builds() == 1)
        }
    }

    @Test(arguments: ["", "isolated = true"])
    func whatIsLostOrDamagedIsMadeAgain(isolation: String) async throws {
        try await with(isolation) { desk, builds in
            _ = try await desk.report()
            for entry in try kept(desk) { try FileManager.default.removeItem(atPath: entry) }
            try await desk.repository.commit("docs", files: ["README": "1\n"])
            #expect(try await desk.report().outcomes == ["build": "passed", "unit": "passed"])
            #expect(builds() == 2)
            let entry = try #require(try kept(desk).first)
            try Data("two\n".utf8).write(to: URL(fileURLWithPath: entry + "/files/out/deep/a"))
            try await desk.repository.commit("docs", files: ["README": "2\n"])
            let report = try await desk.report()
            // An isolated check cannot wait for another run once it has begun: it fails, and the next run mends it.
            if isolation.isEmpty {
                #expect(report.outcomes == ["build": "passed", "unit": "passed"])
            } else {
                #expect(report["unit"]?.reason?.contains("cannot be restored") == true)
                #expect(try await desk.report().outcomes == ["build": "passed", "unit": "passed"])
            }
            #expect(builds() == 3)
        }
    }

    @Test func whatIsPromisedAndNotMadeIsNoPass() async throws {
        try await with(build: "artifact = dist") { desk, builds in
            for _ in 1...2 {
                let report = try await desk.report()
                #expect(report.outcomes == ["build": "failed", "unit": "skipped"])
                #expect(report["build"]?.reason == "it did not make its artifact 'dist'")
            }
            #expect(builds() == 2, "and is not remembered")
        }
        try await with(build: "artifact = src", files: ["src/a": "x\n"]) { desk, _ in
            let report = try await desk.report()
            #expect(report["build"]?.reason?.contains("'src' is in the tree") == true)
        }
    }

    @Test func theyAreWrittenToAFolderOnDemand() async throws {
        try await with { desk, builds in
            let folder = desk.repository.scratch.path + "/made"
            let first = try await desk.validate("--artifacts", folder)
            #expect(first.exitCode == 0 && first.errorOutput.contains("artifacts in '\(folder)': out"), "\(first)")
            let file = folder + "/out/deep/a"
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "one\n")
            let again = try await desk.validate("--artifacts", folder)
            #expect(again.exitCode == 1 && again.errorOutput.contains("not an empty folder"), "\(again)")
            #expect(again.errorOutput.contains("hint: name a new folder after --artifacts"))
            try FileManager.default.removeItem(atPath: folder)
            let cached = try await desk.validate("--json", "--artifacts", folder)
            #expect(
                cached.output.contains(#""path":"out""#) && cached.output.contains(#""outcome":"cached""#), "\(cached)")
            #expect(builds() == 1)
            for entry in try kept(desk) { try FileManager.default.removeItem(atPath: entry) }
            try FileManager.default.removeItem(atPath: folder)
            #expect(try await desk.validate("--artifacts", folder).exitCode == 0)
            #expect(builds() == 2, "a verdict without what was made does not do")
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "one\n")
        }
    }
}

import Foundation
import Settings
import SuiteTestSupport
import Testing

@testable import Validation

/// The commands beside the run itself.
struct CommandTests {
    @Test func explainSaysWhichPartChanged() async throws {
        let checks = """
            [check "build"]
                run = "sleep 0.1"
            [check "unit"]
                run = true
                input = src/**
                needs = build

            """
        try await CheckedRepository.with(checks, files: ["src/a": "1\n"]) { desk in
            let repository = desk.repository
            let first = try await repository.run("git-validate", ["explain", "unit"])
            #expect(first.output.contains("would run: it never passed here"))
            _ = try await desk.report()
            let second = try await repository.run("git-validate", ["explain", "unit"])
            #expect(second.output.contains("would not run: it passed under the same key"))
            #expect(second.output.contains("build > unit"))
            try await repository.commit("two", files: ["src/a": "2\n"])
            let third = try await repository.run("git-validate", ["explain", "unit"])
            #expect(third.output.contains("input src/**"))
            #expect(try await repository.run("git-validate", ["explain", "nonesuch"]).exitCode == 64)
        }
    }

    @Test func explainSaysWhyACheckHasNoKey() async throws {
        let checks = """
            [check "typo"]
                run = true
                input = Source/**
            [check "mute"]
                run = true
                tool = false
            [check "after"]
                run = true
                needs = typo

            """
        try await CheckedRepository.with(checks, files: ["src/a": "1\n"]) { desk in
            func reason(_ check: String) async throws -> String {
                try await desk.repository.run("git-validate", ["explain", check]).output
            }
            #expect(try await reason("typo").contains("its 'input' matches no file"))
            #expect(try await reason("mute").contains("its tool 'false' does not tell its version"))
            #expect(try await reason("after").contains("'typo', which it needs, has no key"))
            let report = try await desk.report()
            #expect(report.outcome == "passed")
            let warnings = report.warnings?.filter { $0.contains("'input'") } ?? []
            #expect(warnings.count == 1 && warnings[0].contains("'typo'"), "\(report.warnings ?? [])")
        }
    }

    @Test(arguments: [
        ("[check \"unit\"]\nrun = true\nrunn = true\n", [], "config-unknown-key"),
        ("[check \"unit\"]\nrun = true\n", ["--check", "nope"], "unknown-check"),
        ("[check \"unit\"]\nrun = true\n", ["nope"], "unknown-revision"),
        ("[check \"unit\"]\nrun = true\n", ["--junit", "/nowhere/x.xml"], "cannot-write"),
        ("[check \"unit\"]\nrun = true\n", ["--sarif", "."], "cannot-write"),
    ])
    func whatCannotBeJudgedIsRefused(_ checks: String, _ arguments: [String], _ code: String) async throws {
        try await CheckedRepository.with(checks) { desk in
            let result = try await desk.repository.run("git-validate", ["--json"] + arguments)
            #expect(result.exitCode != 0)
            let report = try JSONDecoder().decode(CheckedRepository.Report.self, from: Data(result.outputBytes))
            #expect(report.outcome == "refused" && report.outcomes.isEmpty, "\(result)")
            #expect(report.errors?.map(\.code) == [code])
            let history = try await desk.repository.run("git-validate", ["status"])
            #expect(!history.output.contains("passed"), "nothing was run: \(history)")
        }
    }

    @Test func whereThereIsNoRepositoryItIsRefused() async throws {
        try await CheckedRepository.with("[check \"unit\"]\nrun = true\n") { desk in
            let result = try await desk.repository.at("/").run("git-validate", ["--json"])
            let report = try JSONDecoder().decode(CheckedRepository.Report.self, from: Data(result.outputBytes))
            #expect(result.exitCode == 69 && report.outcome == "refused" && report.tree == nil, "\(result)")
        }
    }

    @Test func whatIsInterruptedKeepsItsPromisedFields() async throws {
        let mark = "94\(Int.random(in: 10_000...99_999))"
        let checks = "[check \"quick\"]\nrun = true\n[check \"long\"]\nrun = sleep \(mark)\nneeds = quick\n"
        try await CheckedRepository.with(checks) { desk in
            let script = """
                git-validate --json > ../out & pid=$!
                while ! pgrep -f '^sleep \(mark)' > /dev/null; do sleep 0.05; done
                kill -TERM $pid
                wait $pid
                """
            let result = try await desk.repository.run("sh", ["-c", script])
            #expect(result.exitCode == 128 + SIGTERM)
            let text = try #require(desk.repository.read("../out"))
            let report = try JSONDecoder().decode(CheckedRepository.Report.self, from: Data(text.utf8))
            #expect(report.outcome == "failed" && report.tree?.count == 40)
            #expect(report.outcomes == ["quick": "passed", "long": "cancelled"])
            #expect(report.errors?.map(\.code) == ["interrupted"])
            let status = try await desk.repository.run("git-validate", ["status"])
            // Where the process was ended before it could write that, all that is known is that there is no result.
            let words = ["interrupted", "ended without a result"]
            #expect(words.contains { status.output.contains($0) }, "\(status)")
            #expect(!status.output.contains("failed"), "\(status)")
        }
    }

    @Test func historyAndStatusTellWhatRan() async throws {
        try await CheckedRepository.with("[check \"unit\"]\nrun = true\n") { desk in
            _ = try await desk.report()
            _ = try await desk.report()
            let history = try await desk.repository.run("git-validate", ["history"])
            #expect(history.output.contains("unit") && history.output.contains("50 %"))
            let status = try await desk.repository.run("git-validate", ["status"])
            #expect(status.output.contains("passed"))
            let list = try await desk.repository.run("git-validate", ["list"])
            #expect(list.output.contains("unit  standard  true"))
        }
    }

    @Test func whatInitProposesIsUnderstoodAndNeverOverwrites() async throws {
        try await TestRepository.with { repository in
            #expect(try await repository.run("git-validate", ["init"]).exitCode == 1)
            for name in ["Package.swift", "Cargo.toml", "go.mod", "pyproject.toml", "x.sh"] {
                try repository.write(name, "")
            }
            try repository.write("package.json", #"{"scripts": {"test": "x", "lint": "y"}}"#)
            try repository.write("Makefile", "test: all\n\techo\n")
            #expect(try await repository.run("git-validate", ["init"]).exitCode == 0)
            let text = try #require(repository.read(".gitpatch"))
            let settings = try Settings.committedOnly(CommittedFile(bytes: Array(text.utf8)))
            #expect(!settings.checks.isEmpty)
            #expect(Set(settings.checks.map(\.name)).count == settings.checks.count)
            #expect(try await repository.run("git-validate", ["init"]).exitCode == 1)
            #expect(repository.read(".gitpatch") == text)
        }
    }
}

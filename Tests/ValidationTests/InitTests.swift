import Foundation
import Settings
import SuiteTestSupport
import Testing

@testable import Validation

/// What `git validate init` proposes.
struct InitTests {
    /// A program of every kind on PATH.
    private static let programs = [
        "swift", "cargo", "go", "npm", "pnpm", "yarn", "node", "python3", "ruff", "make", "pwsh", "docker",
        "actionlint",
        "lefthook", "pre-commit",
    ]

    private func proposal(
        _ files: [String: String], programs: [String] = Self.programs, _ body: (Proposal, Settings) throws -> Void
    ) async throws {
        try await Scratch.with { scratch in
            for (name, text) in files {
                let path = scratch.path + "/project/" + name
                try FileManager.default.createDirectory(
                    atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
                try text.write(toFile: path, atomically: true, encoding: .utf8)
            }
            try FileManager.default.createDirectory(atPath: scratch.path + "/bin", withIntermediateDirectories: true)
            for name in programs {
                try "".write(toFile: scratch.path + "/bin/" + name, atomically: true, encoding: .utf8)
            }
            let proposal = Proposal(for: scratch.path + "/project", searchPath: scratch.path + "/bin")
            try body(proposal, try Settings.committedOnly(CommittedFile(bytes: Array(proposal.text.utf8))))
        }
    }

    @Test(arguments: [
        ("Package.swift", ["build", "test"]), ("Cargo.toml", ["format", "test"]), ("go.mod", ["vet", "test"]),
        ("pyproject.toml", ["compile", "test"]), ("setup.cfg", ["compile", "test"]), ("Greeting.psd1", ["manifest"]),
        ("Dockerfile", ["image"]), ("Dockerfile.dev", ["image-dev"]), ("x.sh", ["shell"]), ("scripts/x.sh", ["shell"]),
        (".github/workflows/ci.yml", ["workflows"]), ("lefthook.yml", ["lefthook"]),
        (".pre-commit-config.yaml", ["pre-commit"]), (".husky/pre-push", ["husky-pre-push"]),
    ])
    func eachKindHasItsChecks(_ file: String, _ names: [String]) async throws {
        try await proposal([file: ""]) { proposal, settings in
            #expect(settings.checks.map(\.name) == names)
            #expect(proposal.usable.count == names.count)
        }
    }

    @Test func scriptsTargetsAndTestsDecide() async throws {
        let files = [
            "package.json": #"{"scripts": {"test": "x", "lint": "y"}}"#, "pnpm-lock.yaml": "",
            "Makefile": "check: all\n\techo\nall:\n", "M.psm1": "", "tests/M.Tests.ps1": "",
            ".husky/pre-commit": "npm test\n",
        ]
        try await proposal(files) { _, settings in
            #expect(
                settings.checks.map(\.name) == ["install", "lint", "test", "check", "pester", "husky-pre-commit"])
            #expect(settings.checks[0].run == "pnpm install --frozen-lockfile")
            #expect(settings.checks[4].run.contains("Invoke-Pester -Path 'tests'"))
            #expect(settings.checks[5].needs == ["install"])
        }
    }

    @Test func everyLineSaysWhatItIsFor() async throws {
        try await proposal(["Package.swift": "", "x.sh": "", "Greeting.psd1": ""]) { proposal, settings in
            let lines = proposal.text.split(separator: "\n").filter { $0.hasPrefix("    ") }
            #expect(lines.count > 10 && lines.allSatisfy { $0.contains("  # ") })
            #expect(
                settings.checks.first { $0.name == "shell" }?.run == "for f in *.sh; do sh -n \"$f\" || exit 1; done")
        }
    }

    @Test func whatIsNotInstalledIsSwitchedOffWithWhatNeedsIt() async throws {
        try await proposal(["Package.swift": "", "go.mod": ""], programs: ["go"]) { proposal, settings in
            #expect(settings.checks.map(\.name) == ["vet", "test-2"])
            #expect(proposal.checks.compactMap(\.missing) == ["swift", "swift"])
            #expect(proposal.text.contains("# Switched off: 'swift' is not installed here."))
        }
    }
}

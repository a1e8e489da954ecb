import Foundation
import GitValues
import SuiteTestSupport

/// A repository with checks, and `git validate` as a program.
struct CheckedRepository: Sendable {
    let repository: TestRepository

    /// Runs a body with a repository whose first commit holds the checks and the files.
    static func with<Result>(
        _ checks: String, files: [String: String] = [:], isolation: isolated (any Actor)? = #isolation,
        _ body: (CheckedRepository) async throws -> Result
    ) async throws -> Result {
        try await TestRepository.with { repository in
            // No verdict is put to the test by chance.
            try await repository.git("config", "validate.audit", "0")
            try await repository.commit("one", files: files.merging([".gitpatch": checks]) { $1 })
            return try await body(CheckedRepository(repository: repository))
        }
    }

    /// Runs `git validate`.
    func validate(_ arguments: String...) async throws -> CommandResult {
        try await repository.run("git-validate", arguments)
    }

    /// Runs `git validate --json` and reads what it prints.
    func report(_ arguments: String...) async throws -> Report {
        let result = try await repository.run("git-validate", ["--json"] + arguments)
        return try JSONDecoder().decode(Report.self, from: Data(result.outputBytes))
    }

    /// The JSON of a report, as far as it is promised.
    struct Report: Decodable {
        struct Check: Decodable {
            var name: String
            var outcome: String
            var duration: Double?
            var attempts: Int
            var exit: Int32?
            var log: String?
            var key: String?
            var reason: String?
            var parts: [Check]?
            var cpu: Double?
            var memory: Int64?

            /// What the check wrote.
            var output: String { log.flatMap { try? String(contentsOfFile: $0, encoding: .utf8) } ?? "" }
        }

        struct Problem: Decodable {
            var code: String
            var message: String
        }

        var version: Int
        var outcome: String
        var tree: String?
        var checks: [Check]?
        var warnings: [String]?
        var errors: [Problem]?

        /// The outcomes by check.
        var outcomes: [String: String] {
            Dictionary((checks ?? []).map { ($0.name, $0.outcome) }) { first, _ in first }
        }

        subscript(name: String) -> Check? { checks?.first { $0.name == name } }
    }
}

/// The numbers of live processes whose command line contains a text.
func processes(saying text: String) -> [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { Int32($0) }.filter { process in
        guard let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") else { return false }
        return String(decoding: line, as: UTF8.self).contains(text)
    }
}

/// Waits until a condition holds, at most ten seconds; returns whether it came to hold.
func eventually(_ condition: () throws -> Bool) async throws -> Bool {
    for _ in 0..<500 {
        if try condition() { return true }
        try await Task.sleep(for: .milliseconds(20))
    }
    return try condition()
}

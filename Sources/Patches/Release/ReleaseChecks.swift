import GitProcess
package import GitValues
package import Settings
import Store

/// The checks that a release depends on, asked of `git-validate`, the only program that judges.
///
/// Every check of the tier is asked for by its name: what changed does not matter for a release, the whole tree does.
package struct ReleaseChecks: Sendable {
    /// What came of one check.
    package struct Verdict: Codable, Sendable {
        package var name: String
        package var outcome: String
        package var reason: String?
        package var log: String?

        /// Passed now or before, on the same content.
        package var isPass: Bool { outcome == "passed" || outcome == "cached" }
    }

    /// A file that a check made, or a folder.
    package struct Artifact: Codable, Sendable {
        package var check: String
        package var path: String
    }

    package var verdicts: [Verdict] = []
    package var artifacts: [Artifact]?

    /// Creates the answer where there is no check.
    package init() {}

    init(verdicts: [Verdict], artifacts: [Artifact]?) {
        self.verdicts = verdicts
        self.artifacts = artifacts
    }
}

extension Workspace {
    /// The names of the checks of a tier, as the commit itself defines them.
    package func releaseChecks(of commit: ObjectID, _ tier: Tier) async throws -> [String] {
        struct List: Decodable {
            struct Check: Decodable {
                var name: String
                var tier: Tier
                var needs: [String]
            }
            var checks: [Check]
        }
        guard try await git.readOnly.run(["cat-file", "-e", "\(commit):\(CommittedFile.path)"]).succeeded else {
            return []
        }
        let answer = try await validate(["list", commit.hex, "--json"])
        guard answer.succeeded, let list = try? JSONText.decode(List.self, from: answer.text) else {
            throw unavailable(answer)  // An answer that cannot be read is told with the program's own words.
        }
        var names = Set(list.checks.filter { tier.includes($0.tier) }.map(\.name))
        // What a check needs is judged with it, whatever tier it is of.
        while case let needed = Set(list.checks.filter { names.contains($0.name) }.flatMap(\.needs)),
            !needed.isSubset(of: names)
        {
            names.formUnion(needed)
        }
        return list.checks.map(\.name).filter(names.contains)
    }

    /// Judges a commit by these checks; passes that are recorded count unless a shared cache told of them, what is not is
    /// run now.
    ///
    /// - Parameter folder: where what the checks made is put, a new one; an absolute path.
    /// - Throws: `PatchProblem.checksFailed` that names every check without a pass.
    package func judge(
        _ commit: ObjectID, by checks: [String], _ tier: Tier, artifacts folder: String?
    ) async throws -> ReleaseChecks {
        struct Report: Decodable {
            var outcome: String
            var checks: [ReleaseChecks.Verdict]
            var artifacts: [ReleaseChecks.Artifact]?
        }
        var arguments = ["run", commit.hex, "--tier", tier.rawValue, "--no-shared-cache", "--json"]
        for check in checks { arguments.append("--check=\(check)") }
        if let folder { arguments.append("--artifacts=\(folder)") }
        let answer = try await validate(arguments)
        guard let report = try? JSONText.decode(Report.self, from: answer.text), !report.checks.isEmpty else {
            throw unavailable(answer)
        }
        let open = report.checks.filter { !$0.isPass }.map { "'\($0.name)' (\($0.reason ?? $0.outcome))" }
        let missing = checks.filter { name in !report.checks.contains { $0.name == name } }
        let bad = open + missing.map { "'\($0)' (not judged)" }
        if !bad.isEmpty {
            let logs = report.checks.filter { !$0.isPass }.compactMap(\.log)
            throw PatchProblem(
                .checksFailed, "\(commit.short) is not tagged: no pass of \(bad.joined(separator: ", "))",
                hints: logs.prefix(1).map { "its log: \($0)" }
                    + ["try them: git validate \(commit.short) --tier \(tier.rawValue)"])
        }
        guard answer.succeeded, report.outcome == "passed" else { throw unavailable(answer) }
        return ReleaseChecks(verdicts: report.checks, artifacts: report.artifacts)
    }

    /// Refuses a place for artifacts where something is already, before anything is judged.
    package func refuseFull(_ folder: String) throws {
        let path = DiskPath(folder)
        guard FileIdentity.of(path) != nil, !Disk.isDirectory(path) || !Disk.names(in: path).isEmpty else { return }
        throw PatchProblem(
            .wouldLoseWork, "cannot write artifacts to '\(folder)': it is there and not an empty folder",
            paths: [folder], hints: ["name a new one with --artifacts, or move that one away"])
    }

    private func validate(_ arguments: [String]) async throws -> ProcessResult {
        let beside = runningProgram().map { path in
            String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]) + "/git-validate"
        }
        for program in [beside, "git-validate"].compactMap({ $0 }) {
            do {
                return try await HelperProgram.run(
                    program, arguments, in: git.directory, environment: git.environment)
            } catch let error as GitProcessError where error.code == .notStarted {
                continue
            }
        }
        throw PatchProblem(
            .checksUnavailable, "'git-validate', which runs the checks, is not installed",
            hints: ["install all of the suite with ./install.sh"])
    }

    /// The problem of a run that judged nothing, in the words of the program.
    private func unavailable(_ answer: ProcessResult) -> PatchProblem {
        PatchProblem(
            answer.exitCode == 1 ? .checksFailed : .checksUnavailable,
            "the checks cannot be asked: \(answer.firstErrorLine)",
            hints: ["see what they say: git validate list"])
    }
}

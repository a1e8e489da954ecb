import Foundation
import SuiteTestSupport

@testable import Pipelines

/// A merge request's pipeline of a repository's `.gitlab-ci.yml`, done here as its documentation says: rules choose the
/// jobs, each has a clone with the last commit alone, and gets the artifacts of the jobs it names.
///
/// https://docs.gitlab.com/ci/yaml/ (rules, needs, artifacts) and /ci/variables/predefined_variables/.
struct GitLabRun {
    /// How each job in the pipeline ended.
    var results: [String: Bool] = [:]
    var output = ""
    /// What each job reports as JUnit.
    var reports: [String: String] = [:]

    static func run(
        in repository: TestRepository, labels: String = "", title: String = "x", variables: [String: String] = [:]
    ) async throws -> GitLabRun {
        let text = try String(contentsOfFile: repository.path + "/.gitlab-ci.yml", encoding: .utf8)
        let file = try YAMLReader.read(Array(text.utf8), path: "x")
        var run = GitLabRun()
        var open = file.pairs.filter { $0.value["script"] != nil && $0.key.text != "gate" }
        let changed = try await repository.git("diff", "--name-only", "HEAD^1", "HEAD").split(separator: "\n")
        var left: [String: String] = [:]
        let place = try repository.scratch.makeDirectory("lab-" + UUID().uuidString)
        while !open.isEmpty {
            let names = Set(open.compactMap(\.key.text))
            let index = open.firstIndex { job in
                job.value["needs"]?.items.allSatisfy { !names.contains($0["job"]?.text ?? "") } ?? true
            }
            let job = open.remove(at: index ?? 0)
            guard let name = job.key.text, isWanted(job.value, changed.map(String.init), labels, title) else {
                continue
            }
            let needs = (job.value["needs"]?.items ?? []).compactMap { $0["job"]?.text }
            if needs.contains(where: { run.results[$0] == false }) {
                run.results[name] = false
                continue
            }
            let folder = place + "/" + name
            try await repository.git("clone", "-q", "--depth", "1", "file://" + repository.path, folder)
            for need in needs {
                if let from = left[need] { try await copy(paths(file[need]), from, folder, repository) }
            }
            var environment = variables
            environment["CI_PIPELINE_SOURCE"] = "merge_request_event"
            environment["CI_MERGE_REQUEST_LABELS"] = labels
            environment["CI_MERGE_REQUEST_TITLE"] = title
            environment["CI_MERGE_REQUEST_DIFF_BASE_SHA"] = "\(try await repository.id("HEAD^1"))"
            let lines = (job.value["before_script"]?.items ?? []) + (job.value["script"]?.items ?? [])
            let script = "set -eo pipefail\n" + lines.compactMap(\.text).joined(separator: "\n") + "\n"
            let result = try await repository.at(folder).with(environment: environment).run("bash", ["-c", script])
            run.results[name] = result.succeeded
            run.output += "\(name): \(result)\n"
            left[name] = folder
            if let report = job.value["artifacts"]?["reports"]?["junit"]?.text {
                // A pipeline without one has told nothing, which is what a test asks.
                run.reports[name] = try? String(contentsOfFile: folder + "/" + report, encoding: .utf8)
            }
        }
        return run
    }

    private static func paths(_ job: YAMLNode?) -> [String] {
        job?["artifacts"]?["paths"]?.items.compactMap(\.text) ?? []
    }

    private static func copy(_ paths: [String], _ from: String, _ to: String, _ repository: TestRepository) async throws
    {
        for path in paths where FileManager.default.fileExists(atPath: from + "/" + path) {
            _ = try await repository.run("cp", ["-a", from + "/" + path, to + "/" + path])
        }
    }

    /// Whether a rule takes the job in: the first that fits does.
    private static func isWanted(_ job: YAMLNode, _ changed: [String], _ labels: String, _ title: String) -> Bool {
        (job["rules"]?.items ?? []).contains { rule in
            guard let condition = rule["if"]?.text, condition.contains("\"merge_request_event\"") else { return false }
            var fits = true
            if condition.contains("CI_MERGE_REQUEST_LABELS") {
                let words = condition.matches(of: /,\)([a-z]+)\(,/).map { String($0.output.1) }
                fits = words.contains {
                    labels.split(separator: ",").contains(Substring($0)) || title.contains("[\($0)]")
                }
            }
            guard let globs = rule["changes"]?.items.compactMap(\.text) else { return fits }
            return fits && changed.contains { path in globs.contains { matches($0, path) } }
        }
    }

    /// `**/` is any folders, `*` what is in one.
    private static func matches(_ glob: String, _ path: String) -> Bool {
        let parts = glob.replacingOccurrences(of: "**/", with: "\u{1}").replacingOccurrences(of: "**", with: "\u{2}")
        var pattern = NSRegularExpression.escapedPattern(for: parts)
        pattern = pattern.replacingOccurrences(of: "\\*", with: "[^/]*")
        pattern = pattern.replacingOccurrences(of: "\u{1}", with: "(.*/)?").replacingOccurrences(
            of: "\u{2}", with: ".*")
        return path.range(of: "^" + pattern + "$", options: .regularExpression) != nil
    }
}

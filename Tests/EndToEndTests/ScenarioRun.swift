import Foundation
import SuiteTestSupport
import Testing

/// Runs a scenario with the built executables and real git in a scratch folder.
struct ScenarioRun {
    let repository: TestRepository
    private(set) var directory: String
    private(set) var variables: [String: String]

    init(_ repository: TestRepository) {
        self.repository = repository
        directory = repository.path
        variables = repository.environment
    }

    /// Does every step; stops at the first one that does not end as said.
    mutating func run(_ scenario: Scenario) async throws {
        for step in scenario.steps {
            switch step {
            case .change(let path): directory = absolute(path)
            case .set(let name, let value):
                variables[name] = expanded(value)
            case .write(let path, let content, let executable):
                try repository.at(directory).write(path, expanded(content), executable: executable)
            case .remote:
                try await repository.at(directory).commit("start")
                try await repository.at(directory).addBareRemote()
            case .run(let command):
                guard try await holds(command, in: scenario.name) else { return }
            }
        }
    }

    private func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : URL(fileURLWithPath: directory + "/" + path).standardized.path
    }

    private func expanded(_ text: String) -> String {
        text.replacingOccurrences(of: "<scratch>", with: repository.scratch.path)
    }

    /// Runs a command until it ends as said, once unless it may be repeated; records what differs.
    private func holds(_ command: Scenario.Command, in name: String) async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            let result = try await runCommand(
                "/bin/sh", ["-c", expanded(command.line)], in: directory, environment: variables)
            let problems = command.problems(result, normalize)
            if problems.isEmpty { return true }
            if command.repeats, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(100))
                continue
            }
            Issue.record(
                """
                \(name).txt:\(command.number): \(command.line)
                \(problems.joined(separator: "\n"))
                -- exit \(result.exitCode), standard output:
                \(normalize(result.output))-- standard error:
                \(normalize(result.errorOutput))
                """)
            return false
        }
    }

    /// Takes out what differs from run to run.
    private func normalize(_ text: String) -> String {
        text.replacingOccurrences(of: repository.scratch.path, with: "<scratch>")
            .replacing(/\b([0-9a-f]{64}|[0-9a-f]{40})\b/, with: "<id>")
            .replacing(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/, with: "<time>")
            .replacing(/\b(\d+ ms|\d+(\.\d)? s|\d+ m( \d+ s)?)\b/, with: "<time>")
    }
}

extension Scenario.Command {
    /// What is not as said; empty when everything is.
    func problems(_ result: CommandResult, _ normalize: (String) -> String) -> [String] {
        var problems: [String] = []
        if result.exitCode != exitCode { problems.append("exit \(result.exitCode) instead of \(exitCode)") }
        let (text, errorText) = (normalize(result.output), normalize(result.errorOutput))
        if let output, !matches(output[...], lines(text)[...]) { problems.append("standard output differs") }
        if let errorOutput, !matches(errorOutput[...], lines(errorText)[...]) {
            problems.append("standard error differs")
        }
        for wanted in present where !text.contains(wanted) && !errorText.contains(wanted) {
            problems.append("'\(wanted)' is missing")
        }
        for unwanted in absent where text.contains(unwanted) || errorText.contains(unwanted) {
            problems.append("'\(unwanted)' is there")
        }
        return problems
    }

    private func lines(_ text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    /// Whether lines match patterns, where `...` stands for any number of lines.
    private func matches(_ patterns: ArraySlice<String>, _ lines: ArraySlice<String>) -> Bool {
        guard let pattern = patterns.first else { return lines.isEmpty }
        if pattern == "..." {
            return (lines.startIndex...lines.endIndex).contains { matches(patterns.dropFirst(), lines[$0...]) }
        }
        guard let line = lines.first, fits(line, pattern) else { return false }
        return matches(patterns.dropFirst(), lines.dropFirst())
    }

    /// Whether a line has the parts between the stars in their order, from its beginning to its end.
    private func fits(_ line: String, _ pattern: String) -> Bool {
        let parts = pattern.components(separatedBy: "*")
        guard parts.count > 1, let first = parts.first, let last = parts.last else { return line == pattern }
        guard line.hasPrefix(first), line.count >= first.count + last.count, line.hasSuffix(last) else { return false }
        var rest = line.dropFirst(first.count).dropLast(last.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let range = rest.range(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return true
    }
}

import GitValues
import Settings

/// What a job without a validator runs.
extension GitLabJob {
    /// What a job without a validator tells GitLab; checks write files of more usual names themselves.
    static let report = "validate.xml"

    /// The checks one after the other, each in a shell of its own, as anywhere else: what it changes in its shell, and how
    /// that ends, is no other's. All of them run, and one whose need has failed counts as failed.
    var script: [String] {
        var numbers: [String: Int] = [:]
        var lines: [String] = []
        for (number, check) in job.checks.enumerated() {
            let state = "check\(number + 1)"
            numbers[check.name] = number + 1
            let needs = check.needs.compactMap { numbers[$0] }.map { "[ \"$check\($0)\" != failed ] && " }.joined()
            let skip = isMixed ? "! wants \(id(check)); then \(state)=skipped; elif " : ""
            lines.append(
                "\(state)=failed; start=$(date +%s); if \(skip)\(needs)\(command(of: check)); then \(state)=passed; else red=1; fi; row \(Quoting.shell(check.name)) \(title(of: check)) \"$\(state)\""
            )
        }
        return lines + [
            "echo '</testsuite>' >> \"$report\"", "cat \"$report\" > \(GitLabJob.report)", "exit \"$red\"",
        ]
    }

    /// What stands before them: a report that is written where the checks do not find it, and what tells how one ended.
    var scriptStart: [String] {
        [
            "red=0", "report=$(mktemp)", "echo '<testsuite name=\"\(name)\">' > \"$report\"", "row() {",
            "  echo \"$1: $3\"", "  time=\" time=\\\"$(($(date +%s) - start))\\\"\"",
        ] + TestCases.lines(passed: "passed", into: "$report").map { "  " + $0 } + ["}"]
    }

    /// The name of a check in the report, which must not be that of another part.
    private func title(of check: CheckDefinition) -> String {
        let part = check.shards > 1 && job.shards > 1 ? "\" ($CI_NODE_INDEX/$CI_NODE_TOTAL)\"" : ""
        return Quoting.shell(XMLText.escaped(check.name)) + part
    }

    private func command(of check: CheckDefinition) -> String {
        let once = part(of: check) + hiding(from: check) + GitLabJob.shell(check.run)
        return check.retries == 0
            ? once : "( " + Array(repeating: once, count: check.retries + 1).joined(separator: " || ") + " )"
    }

    /// What stands before the line of a check, so that it sees no variable of the forge that it does not declare: here all
    /// of them are in the environment of every job.
    private func hiding(from check: CheckDefinition) -> String {
        let own = plan.forgeVariables(of: check).map(\.name)
        let hidden = terms.given.filter { !own.contains($0) }
        return hidden.isEmpty ? "" : "env " + hidden.map { "-u \($0) " }.joined()
    }

    static func shell(_ line: String) -> String { "sh -c " + Quoting.shell(line) }

    /// What stands before the line of a check that is split, and tells it which part it is.
    private func part(of check: CheckDefinition) -> String {
        guard check.shards > 1 else { return "" }
        return job.shards > 1
            ? "GITPATCH_SHARD=\"$CI_NODE_INDEX\" GITPATCH_SHARDS=\"$CI_NODE_TOTAL\" "
            : "GITPATCH_SHARD=1 GITPATCH_SHARDS=1 "
    }
}

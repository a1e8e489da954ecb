/// R13 to R17: permissions, pins, injection, dangerous triggers, old actions.
struct SafetyRules {
    let workflow: Workflow

    func findings() -> [Finding] {
        permissions() + triggers()
            + workflow.jobs.flatMap { job in
                job.steps.flatMap { pin($0) + injection($0) + age($0) } + inherited(job)
            }
    }

    private func finding(
        _ rule: Rule, _ level: Finding.Level, _ line: Int, _ message: String, fix: LineEdit? = nil
    ) -> Finding {
        Finding(rule: rule, level: level, path: workflow.path, line: line, message: message, fix: fix)
    }

    private func permissions() -> [Finding] {
        let open = workflow.jobs.filter { $0.node["permissions"] == nil && $0.calls == nil }
        if let text = workflow.root["permissions"]?.text, text == "write-all" {
            return [
                finding(
                    .permissions, .error, workflow.root.pair("permissions")?.key.line ?? 1,
                    "every job's token may write everything")
            ]
        }
        guard workflow.root["permissions"] == nil, !open.isEmpty else { return [] }
        let isReader = workflow.jobs.allSatisfy { job in
            job.calls == nil && !job.mentions("GITHUB_TOKEN", "github.token", "gh ", "git push")
                && job.steps.allSatisfy { step in
                    guard let action = step.action else { return true }
                    return ["actions/checkout", "actions/cache", "actions/setup-", "actions/upload-artifact"]
                        .contains { action.hasPrefix($0) }
                }
        }
        var fix: LineEdit?
        if isReader, workflow.root.column == 0, let jobs = workflow.root.pair("jobs"), jobs.key.column == 0 {
            fix = LineEdit(line: jobs.key.line, count: 0, lines: ["permissions:", "  contents: read", ""])
        }
        let names = open.count == workflow.jobs.count ? "every job" : open.map(\.id).joined(separator: ", ")
        return [
            finding(
                .permissions, .warning, workflow.root.pair("jobs")?.key.line ?? 1,
                "the token of \(names) has whatever the repository gives by default", fix: fix)
        ]
    }

    private func triggers() -> [Finding] {
        guard let trigger = workflow.root["on"] ?? workflow.root["true"],
            workflow.triggers["pull_request_target"] != nil
        else { return [] }
        let heads = ["github.event.pull_request.head", "github.head_ref"]
        for job in workflow.jobs {
            for step in job.steps where step.action == "actions/checkout" {
                if let ref = step.input("ref") ?? step.input("repository"), heads.contains(where: ref.contains) {
                    return [
                        finding(
                            .dangerousTrigger, .error, step.line,
                            "'\(job.id)' checks out a pull request's head under pull_request_target, with secrets at hand"
                        )
                    ]
                }
            }
        }
        return [
            finding(
                .dangerousTrigger, .note, trigger.line,
                "pull_request_target runs with secrets; no step checks the pull request out")
        ]
    }

    private func inherited(_ job: Workflow.Job) -> [Finding] {
        guard job.node["secrets"]?.text == "inherit" else { return [] }
        return [
            finding(
                .dangerousTrigger, .warning, job.line(of: "secrets"),
                "'\(job.id)' hands every secret to the workflow it calls")
        ]
    }

    private func pin(_ step: Workflow.Step) -> [Finding] {
        guard let uses = step.uses, !uses.hasPrefix("./"), !uses.hasPrefix("docker://") else { return [] }
        guard let mark = uses.firstIndex(of: "@") else { return [] }
        let version = uses[uses.index(after: mark)...]
        let line = step.node.pair("uses")?.value.line ?? step.line
        if version.count == 40, version.allSatisfy(\.isHexDigit) { return [] }
        let isForges = uses.hasPrefix("actions/") || uses.hasPrefix("github/")
        return [
            finding(
                .unpinned, isForges ? .note : .warning, line,
                "'\(uses)' is a name that can be moved to another commit")
        ]
    }

    private static let untrusted = [
        "github.event.issue.title", "github.event.issue.body", "github.event.pull_request.title",
        "github.event.pull_request.body", "github.event.comment.body", "github.event.review.body",
        "github.event.review_comment.body", "github.event.pull_request.head.ref",
        "github.event.pull_request.head.label",
        "github.head_ref", "github.event.head_commit.message", "github.event.discussion.title",
        "github.event.discussion.body", "github.event.workflow_run.head_branch", "github.event.head_commit.author",
        "github.event.commits", "github.event.pages", "toJSON(github.event)", "toJson(github.event)",
        "github.event.inputs.",
    ]

    private func injection(_ step: Workflow.Step) -> [Finding] {
        guard let run = step.run ?? (step.action == "actions/github-script" ? step.input("script") : nil) else {
            return []
        }
        var rest = run[...]
        while let start = rest.firstRange(of: "${{"), let end = rest[start.upperBound...].firstRange(of: "}}") {
            let expression = rest[start.upperBound..<end.lowerBound]
            if let name = SafetyRules.untrusted.first(where: expression.contains) {
                // Inputs are typed by people who may write; the rest anybody may.
                let level: Finding.Level = name.hasSuffix("inputs.") ? .note : .error
                return [
                    finding(
                        .injection, level, step.node.pair("run")?.key.line ?? step.line,
                        "'\(String(expression).filter { $0 != " " })' becomes a part of the script; pass it through 'env'"
                    )
                ]
            }
            rest = rest[end.upperBound...]
        }
        return []
    }

    /// The first major version of an action that runs on a runtime still supported.
    private static let majors = [
        "actions/checkout": 5, "actions/cache": 5, "actions/cache/restore": 5, "actions/cache/save": 5,
        "actions/setup-node": 5, "actions/setup-python": 6, "actions/setup-go": 6, "actions/setup-java": 5,
        "actions/upload-artifact": 6, "actions/download-artifact": 7, "actions/github-script": 8,
        "actions/setup-dotnet": 5,
    ]

    private func age(_ step: Workflow.Step) -> [Finding] {
        // Elsewhere actions run on what the image of the runner has, and newer ones refuse some servers.
        guard !workflow.isElsewhere, let action = step.action, let needed = SafetyRules.majors[action],
            let uses = step.uses,
            let mark = uses.firstIndex(of: "@")
        else { return [] }
        let line = step.node.pair("uses")?.value.line ?? step.line
        var version = String(uses[uses.index(after: mark)...])
        if version.count == 40, workflow.source.indices.contains(line - 1),
            let comment = workflow.source[line - 1].split(separator: "#", maxSplits: 1).dropFirst().first
        {
            version = String(comment.drop { $0 == " " }.prefix { $0 != "\r" })
        }
        guard version.first == "v", let major = Int(version.dropFirst().prefix(while: \.isNumber)), major < needed,
            version.count < 20
        else { return [] }
        return [
            finding(
                .oldAction, .warning, line,
                "\(action) \(version) runs on a runtime that is being removed; v\(needed) or newer does not")
        ]
    }
}

/// R7 and R8: keys that cannot work, and caches that nobody else may read.
struct CacheRules {
    let workflow: Workflow

    func findings() -> [Finding] {
        workflow.jobs.flatMap { job in job.steps.flatMap { findings(job, $0) } }
    }

    private func findings(_ job: Workflow.Job, _ step: Workflow.Step) -> [Finding] {
        guard let action = step.action, action == "actions/cache" || action.hasPrefix("actions/cache/") else {
            return []
        }
        var findings: [Finding] = []
        func add(_ rule: Rule, _ level: Finding.Level, _ message: String, at name: String) {
            let line = step.node["with"]?.pair(name)?.key.line ?? step.line
            findings.append(Finding(rule: rule, level: level, path: workflow.path, line: line, message: message))
        }
        let key = step.input("key") ?? ""
        let fallbacks = (step.input("restore-keys") ?? "").split(separator: "\n").map { line in
            String(line.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }.filter { !$0.isEmpty }
        if !key.isEmpty, !key.contains("${{") {
            add(.cacheKey, .warning, "key '\(key)' never changes, and a saved cache is never replaced", at: "key")
        } else if fallbacks.isEmpty, action != "actions/cache/save",
            ["github.sha", "github.run_id"].contains(where: key.contains)
        {
            // Within a run it hands files from job to job; between runs it never fits.
            let isShared = workflow.jobs.contains { other in
                other.id != job.id && other.steps.contains { $0.input("key") == key }
            }
            if !isShared {
                add(
                    .cacheKey, .warning, "key '\(key)' is new in every run and has no fallback: it never hits",
                    at: "key")
            }
        }
        for fallback in fallbacks where !CacheRules.isPrefix(fallback, of: key) {
            add(.cacheKey, .warning, "fallback '\(fallback)' is no prefix of '\(key)'", at: "restore-keys")
        }
        // One that never changes is saved once, by whoever comes first.
        if action == "actions/cache", key.contains("${{"), workflow.triggers["pull_request"] != nil,
            job.condition.isEmpty, step.condition.isEmpty
        {
            add(
                .cacheFromPullRequest, .note,
                "'\(job.id)' saves a cache also from pull requests with a new key; it only pushes out those of the default branch",
                at: "key")
        }
        return findings
    }

    /// Whether a key begins with a fallback, blanks inside expressions aside.
    static func isPrefix(_ fallback: String, of key: String) -> Bool {
        // An expression may give anything; only what stands before the first one can be compared.
        func plain(_ text: String) -> String { text.filter { $0 != " " } }
        let (short, long) = (plain(fallback), plain(key))
        if long.hasPrefix(short) { return true }
        if short.hasPrefix("${{") || long.hasPrefix("${{") { return true }
        let head = short.prefix(while: { $0 != "$" })
        return head.count < short.count && long.hasPrefix(head)
            && (short.contains("${{format") || long.contains("${{format") || short.contains("env.")
                || long.contains("env.")
                || short.contains("steps."))
    }
}

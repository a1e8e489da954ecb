import GitValues
import Settings

/// The script that looks at a change once and tells every job which of its checks it is to run.
///
/// A pull request is compared with its base by git itself, so that no forge's limit on listed files matters. Everything
/// else, and a pull request whose base is not there, concerns every check: in doubt a check runs.
struct ClassifyScript {
    let plan: PipelinePlan
    /// The name of each check in the pipeline's file.
    let ids: [String: String]

    /// The lines, for a POSIX shell with `EVENT`, `LABELS`, `TITLE` and `WANTED` set.
    var lines: [String] {
        var lines = [
            "tier=standard",
            "case \"$EVENT\" in",
            "  merge_group | schedule) tier=complete ;;",
            "  workflow_dispatch) tier=${WANTED:-complete} ;;",
            "esac",
            "case \"|$LABELS|\" in *'|complete|'*) tier=complete ;; esac",
        ]
        if plan.terms.platforms.count > 1 { lines += platforms }
        if plan.jobs.contains(where: { job in job.checks.contains { $0.tier != .quick } }) { lines += Self.at }
        if plan.jobs.contains(where: { job in job.checks.contains { !$0.paths.isEmpty } }) { lines += Self.concerns }
        if plan.jobs.contains(where: { job in job.checks.contains { !$0.labels.isEmpty } }) { lines += Self.asked }
        for (number, job) in plan.jobs.enumerated() {
            lines.append("job\(number + 1)=")
            for check in job.judged { lines.append(choice(of: check, in: job, number: number + 1)) }
        }
        lines.append("{")
        lines.append("  echo \"tier=$tier\"")
        if plan.terms.platforms.count > 1 { lines.append("  echo \"platforms=$platforms\"") }
        for (number, job) in plan.jobs.enumerated() { lines.append("  echo \"\(job.id)=${job\(number + 1)# }\"") }
        return lines + ["} >> \"$GITHUB_OUTPUT\""]
    }

    private func choice(of check: CheckDefinition, in job: PipelinePlan.Job, number: Int) -> String {
        let names = job.closure(of: check.name).compactMap { ids[$0.name] }.joined(separator: " ")
        let add = "job\(number)=\"$job\(number) \(names)\""
        var conditions: [String] = []
        if check.tier != .quick { conditions.append("at \(check.tier.rawValue)") }
        if !check.labels.isEmpty {
            conditions.append("asked " + check.labels.map(Quoting.shell).joined(separator: " "))
        }
        if !check.paths.isEmpty {
            let specs = check.paths.flatMap { Quoting.pathspecs($0.description) }
            conditions.append("concerns " + specs.map(Quoting.shell).joined(separator: " "))
        }
        return conditions.isEmpty ? add : "if \(conditions.joined(separator: " && ")); then \(add); fi"
    }

    private var platforms: [String] {
        func list(_ tier: Tier) -> String {
            let words = plan.terms.platforms(of: tier).map { "\"" + $0 + "\"" }
            return Quoting.shell("[" + words.joined(separator: ",") + "]")
        }
        return [
            "case \"$tier\" in",
            "  quick) platforms=\(list(.quick)) ;;",
            "  standard) platforms=\(list(.standard)) ;;",
            "  *) platforms=\(list(.complete)) ;;",
            "esac",
        ]
    }

    private static let at = [
        "at() {",
        "  case \"$1/$tier\" in",
        "    quick/* | standard/standard | standard/complete | complete/complete) return 0 ;;",
        "    *) return 1 ;;",
        "  esac",
        "}",
    ]

    private static let concerns = [
        "base=",
        "if [ \"$EVENT\" = pull_request ] && git rev-parse --quiet --verify 'HEAD^1' > /dev/null; then base='HEAD^1'; fi",
        "concerns() { [ -z \"$base\" ] || ! git diff --quiet \"$base\" HEAD -- \"$@\"; }",
    ]

    private static let asked = [
        "asked() {",
        "  [ \"$tier\" != complete ] || return 0",
        "  for word; do",
        "    case \"|$LABELS|\" in *\"|$word|\"*) return 0 ;; esac",
        "    case \"$TITLE\" in *\"[$word]\"*) return 0 ;; esac",
        "  done",
        "  return 1",
        "}",
    ]
}

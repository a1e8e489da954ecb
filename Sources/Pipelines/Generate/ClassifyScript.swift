import GitValues
import Settings

/// The script that looks at a change once and tells every job which of its checks it is to run.
///
/// A check is wanted as `git validate` would want it: when its tier, its labels and its paths say so, or when one that is
/// wanted needs it; and never when the change touches none of its paths, which holds up nobody. A pull request is compared
/// with its base by git itself, so that no forge's limit on listed files matters. Everything else, and a pull request whose
/// base is not there, concerns every check: in doubt a check runs.
struct ClassifyScript {
    let plan: PipelinePlan
    /// The name of each check in the pipeline's file.
    let ids: [String: String]
    /// Whether a pull request is its last commit, with the base named by `BASE`, and not a merge with the base.
    var isUnmerged = false

    /// The lines, for a POSIX shell with `EVENT`, `LABELS`, `TITLE` and `WANTED` set.
    var lines: [String] {
        var lines = Self.tier
        if plan.terms.platforms.count > 1 { lines += platforms }
        if plan.judged.contains(where: { !$0.paths.isEmpty }) {
            lines.append(isUnmerged ? Self.unmergedBase : Self.base)
        }
        lines += choices(among: plan.judged, of: Set(plan.judged.map(\.name))) + Self.pick + ["{"]
        lines.append("  echo \"tier=$tier\"")
        if plan.terms.platforms.count > 1 { lines.append("  echo \"platforms=$platforms\"") }
        for job in plan.jobs { lines.append("  echo \"\(job.id)=$(pick \(groups(of: job)))\"") }
        return lines + ["} >> \"$GITHUB_OUTPUT\""]
    }

    /// The words of `pick` for a job: a check that it judges, and behind it what is made there for that one alone.
    private func groups(of job: PipelinePlan.Job) -> String {
        job.judged.map { check in
            let others = job.closure(of: check.name).filter { !job.own.contains($0.name) }
            return Quoting.shell(([check] + others).compactMap { ids[$0.name] }.joined(separator: " "))
        }.joined(separator: " ")
    }

    /// Lines that put the names of those checks into `$wanted` that are to run, with blanks around each; `tier` is set, and
    /// `base` where a check has paths.
    ///
    /// - Parameters:
    ///   - checks: those whose wish counts.
    ///   - names: those that are of interest.
    func choices(among checks: [CheckDefinition], of names: Set<String>) -> [String] {
        let listed =
            checks
            + plan.judged.filter { check in
                names.contains(check.name) && !checks.contains { $0.name == check.name }
            }
        var lines: [String] = []
        if checks.contains(where: Self.isByTier) { lines += Self.at }
        if listed.contains(where: { !$0.paths.isEmpty }) { lines += Self.concerns }
        if checks.contains(where: { !$0.labels.isEmpty }) { lines += Self.asked }
        lines.append("idle=' '")
        for check in listed where !check.paths.isEmpty {
            let specs = check.paths.flatMap { Quoting.pathspecs($0.description) }
            lines.append(
                "concerns \(specs.map(Quoting.shell).joined(separator: " ")) || idle=\"${idle}\(id(check)) \"")
        }
        lines += Self.want
        for check in checks {
            let wished = plan.closure(of: check.name).filter { names.contains($0.name) }.map(id)
            if wished.isEmpty { continue }
            var conditions: [String] = []
            if Self.isByTier(check) { conditions.append("at \(check.tier.rawValue)") }
            if !check.labels.isEmpty {
                conditions.append("asked " + check.labels.map(Quoting.shell).joined(separator: " "))
            }
            if !check.paths.isEmpty { conditions.append("busy \(id(check))") }
            let want = "want \(wished.joined(separator: " "))"
            lines.append(
                conditions.isEmpty ? want : "if \(conditions.joined(separator: " && ")); then \(want); fi")
        }
        return lines
    }

    /// Whether the tier of a run keeps a check out. One of tier complete with a label comes to whoever asks for it.
    private static func isByTier(_ check: CheckDefinition) -> Bool {
        check.tier == .standard || (check.tier == .complete && check.labels.isEmpty)
    }

    private func id(_ check: CheckDefinition) -> String { ids[check.name] ?? "check" }

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

    private static let tier = [
        "tier=standard",
        "case \"$EVENT\" in",
        "  merge_group | schedule) tier=complete ;;",
        "  workflow_dispatch) tier=${WANTED:-complete} ;;",
        "esac",
        "case \"|$LABELS|\" in *'|complete|'*) tier=complete ;; esac",
    ]

    private static let base =
        "base=$(if [ \"$EVENT\" = pull_request ]; then git rev-parse --quiet --verify 'HEAD^1'; fi || :)"

    /// Empty, so that everything runs, where the base is not there.
    static let unmergedBase =
        "base=$(if [ \"$EVENT\" = pull_request ]; then git merge-base \"$BASE\" HEAD 2> /dev/null; fi || :)"

    private static let at = [
        "at() {",
        "  case \"$1/$tier\" in",
        "    quick/* | standard/standard | standard/complete | complete/complete) return 0 ;;",
        "    *) return 1 ;;",
        "  esac",
        "}",
    ]

    private static let concerns = [
        "concerns() { [ -z \"$base\" ] || ! git diff --quiet \"$base\" HEAD -- \"$@\"; }",
        "busy() { case \"$idle\" in *\" $1 \"*) return 1 ;; esac; }",
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

    private static let want = [
        "wanted=' '",
        "want() {",
        "  for id; do case \"$idle$wanted\" in *\" $id \"*) ;; *) wanted=\"$wanted$id \" ;; esac; done",
        "}",
    ]

    private static let pick = [
        "pick() {",
        "  list=' '",
        "  for group; do",
        "    case \"$wanted\" in *\" ${group%% *} \"*) ;; *) continue ;; esac",
        "    for id in $group; do",
        "      case \"$wanted\" in *\" $id \"*) ;; *) continue ;; esac",
        "      case \"$list\" in *\" $id \"*) ;; *) list=\"$list$id \" ;; esac",
        "    done",
        "  done",
        "  list=${list# }",
        "  echo \"${list% }\"",
        "}",
    ]
}

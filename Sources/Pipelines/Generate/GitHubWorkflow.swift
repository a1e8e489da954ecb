import GitValues
import Settings

/// A plan as a workflow of GitHub, or of Gitea, which reads the same language less some words.
struct GitHubWorkflow {
    let plan: PipelinePlan
    let dialect: PipelineDialect
    let isGitea: Bool
    /// The name of each check in the file.
    let ids: [String: String]
    /// The names of checks whose artifacts those of another job find.
    let handedOn: Set<String>

    init(plan: PipelinePlan, dialect: PipelineDialect, isGitea: Bool) {
        self.plan = plan
        self.dialect = dialect
        self.isGitea = isGitea
        ids = plan.checkIDs
        handedOn = plan.handedOn
    }

    var upload: Pins.Pin { isGitea ? Pins.uploadElsewhere : Pins.upload }
    var download: Pins.Pin { isGitea ? Pins.downloadElsewhere : Pins.download }
    private var firstPlatform: String { plan.terms.platforms[0] }

    /// The lines below the header; `KeptRegions.marker` lines stand where text of the user's stays.
    var lines: [String] {
        var lines = ["name: validate", ""] + triggers + [""]
        lines += ["permissions: {}", ""]
        if !isGitea {
            lines += [
                "# A newer push to a pull request takes the place of the older run; nothing else is ever cancelled.",
                "concurrency:",
                "  group: ${{ github.workflow }}-${{ github.event.pull_request.number || github.run_id }}",
                "  cancel-in-progress: ${{ github.event_name == 'pull_request' }}", "",
            ]
        }
        lines += ["defaults:", "  run:", "    shell: bash", ""]
        lines += KeptRegions.markers("head", indent: 0) + ["jobs:"]
        lines += changes
        for job in plan.jobs {
            lines.append("")
            lines += GitHubJob(job: job, workflow: self).lines
        }
        lines.append("")
        lines += gate + [""]
        return lines + KeptRegions.markers("jobs", indent: 2)
    }

    private var triggers: [String] {
        let hasLabels = plan.jobs.contains { job in job.checks.contains { !$0.labels.isEmpty } }
        var lines = ["on:", "  pull_request:"]
        if hasLabels { lines.append("    types: [opened, synchronize, reopened, labeled]") }
        lines += ["  push:", "    branches: [\(Quoting.yaml(plan.terms.target))]"]
        if !isGitea { lines.append("  merge_group:") }
        if let schedule = plan.terms.schedule {
            lines += ["  schedule:", "    - cron: \(Quoting.yaml(schedule))"]
        }
        return lines + [
            "  workflow_dispatch:", "    inputs:", "      tier:", "        description: How deep",
            "        type: choice",
            "        options: [quick, standard, complete]", "        default: complete",
        ]
    }

    private var changes: [String] {
        var lines = [
            "  changes:", "    name: changes", "    runs-on: \(Quoting.yaml(firstPlatform))", "    timeout-minutes: 5",
            "    permissions:", "      contents: read # to compare the change with its base", "    outputs:",
            "      tier: ${{ steps.classify.outputs.tier }}",
        ]
        if plan.terms.platforms.count > 1 { lines.append("      platforms: ${{ steps.classify.outputs.platforms }}") }
        for job in plan.jobs { lines.append("      \(job.id): ${{ steps.classify.outputs.\(job.id) }}") }
        lines += ["    steps:"] + checkout(depth: baseDepth)
        lines +=
            [
                "      - name: Classify the change", "        id: classify", "        env:",
                "          EVENT: ${{ github.event_name }}",
            ] + base + [
                "          LABELS: ${{ join(github.event.pull_request.labels.*.name, '|') }}",
                "          TITLE: ${{ github.event.pull_request.title || github.event.head_commit.message }}",
                "          WANTED: ${{ inputs.tier }}", "        run: |",
            ]
        return lines + ClassifyScript(plan: plan, ids: ids, isUnmerged: isGitea).lines.map { "          " + $0 }
    }

    /// How much history a comparison with the base takes. GitHub checks out a merge with the base; Gitea and Forgejo the
    /// last commit of a pull request, which may be any number of commits away from it.
    var baseDepth: Int { isGitea ? 0 : 2 }
    /// The lines of `env` that name the base where it is not the first parent.
    var base: [String] { isGitea ? ["          BASE: ${{ github.event.pull_request.base.sha }}"] : [] }

    func checkout(depth: Int, submodules: Bool = false) -> [String] {
        [
            "      - name: Check out", "        uses: \(Pins.checkout.uses)", "        with:",
            "          fetch-depth: \(depth)", "          persist-credentials: false",
        ] + (submodules ? ["          submodules: recursive"] : [])
    }

    /// The one job to require: red unless every job passed or was not wanted.
    private var gate: [String] {
        let names = ["changes"] + plan.jobs.map(\.id)
        var lines = [
            "  # The one check to require: it fails unless every job passed, or was skipped because nothing concerned it.",
            "  gate:", "    name: gate", "    if: always()", "    needs: [\(names.joined(separator: ", "))]",
            "    runs-on: \(Quoting.yaml(firstPlatform))", "    timeout-minutes: 5", "    permissions: {}",
            "    steps:",
            "      - name: Judge", "        env:", "          CHANGES: ${{ needs.changes.result }}",
        ]
        for (number, job) in plan.jobs.enumerated() {
            lines.append("          RESULT_\(number + 1): ${{ needs.\(job.id).result }}")
            lines.append("          WANTED_\(number + 1): ${{ needs.changes.outputs.\(job.id) }}")
        }
        lines += [
            "        run: |", "          red=0", "          judge() {",
            "            case \"$2/${3:+wanted}\" in",
            "              success/wanted) echo \"$1: passed\" ;;",
            "              skipped/) echo \"$1: not concerned\" ;;",
            "              *) echo \"$1: $2\"; red=1 ;;",
            "            esac", "          }",
            "          if [ \"$CHANGES\" != success ]; then echo \"changes: $CHANGES\"; red=1; fi",
        ]
        for (number, job) in plan.jobs.enumerated() {
            lines.append("          judge \(job.id) \"$RESULT_\(number + 1)\" \"$WANTED_\(number + 1)\"")
        }
        return lines + ["          exit \"$red\""]
    }
}

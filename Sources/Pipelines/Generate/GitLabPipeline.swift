import GitValues
import Settings

/// A plan as a pipeline of GitLab.
///
/// GitLab classifies changes itself (`rules: changes`), starts jobs without stages (`needs`), and its merge trains run
/// merge request pipelines, so that there is no classifying job.
struct GitLabPipeline {
    let plan: PipelinePlan

    var lines: [String] {
        var lines = [
            "# A newer push to a merge request takes the place of the older pipeline; nothing else is ever cancelled.",
            "workflow:", "  name: validate", "  auto_cancel:", "    on_new_commit: interruptible", "  rules:",
            "    - if: $CI_PIPELINE_SOURCE == \"merge_request_event\"",
            "    - if: $CI_PIPELINE_SOURCE == \"schedule\" || $CI_PIPELINE_SOURCE == \"web\"", "      auto_cancel:",
            "        on_new_commit: none",
            "    - if: $CI_COMMIT_BRANCH == \(Quoting.yamlQuoted(plan.terms.target))", "      auto_cancel:",
            "        on_new_commit: none", "", "stages: [validate, gate]", "",
        ]
        if let image = plan.terms.image { lines += ["default:", "  image: \(Quoting.yaml(image))", ""] }
        lines += [
            "variables:", "  GIT_DEPTH: \"1\"", "  # Only the target's pipelines write caches; others read them.",
            "  CACHE_POLICY: pull", "",
        ]
        lines += KeptRegions.markers("head", indent: 0)
        var slugs = Slugs(reserved: Slugs.jobs.union(plan.jobs.map(\.id)))
        let ids = plan.checkIDs
        for (number, platform) in plan.terms.platforms.enumerated() {
            // Each platform has jobs of its own: what one makes is for those of the same.
            let names =
                number == 0 ? [:] : plan.jobs.reduce(into: [:]) { $0[$1.id] = slugs.slug(of: [$1.id, platform]) }
            for job in plan.jobs {
                lines.append("")
                lines += GitLabJob(job: job, plan: plan, platform: number, names: names, ids: ids).lines
            }
        }
        lines += [
            "", "# Green only when every job of the pipeline passed; the one to look at.", "gate:", "  stage: gate",
        ]
        if plan.terms.platforms.count > 1 { lines.append("  tags: [\(Quoting.yaml(plan.terms.platforms[0]))]") }
        lines += [
            "  variables:", "    GIT_STRATEGY: none", "  timeout: 5 minutes", "  script:", "    - echo \"all passed\"",
        ]
        return lines + [""] + KeptRegions.markers("jobs", indent: 0)
    }
}

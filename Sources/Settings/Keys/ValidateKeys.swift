package import GitValues

/// Keys of the section `validate`: when checks run, how many at once, for how long.
package enum ValidateKeys {
    package static let prePush = SettingKey.single(
        "validate.prePush", Form.word(Tier.self), default: "quick", as: .quick, subsection: .optional("branch"),
        "The tier that a push must pass; [validate \"main\"] sets it for pushes to main.")

    package static let jobs = SettingKey.single(
        "validate.jobs", Form.jobs, default: "auto", as: .auto, "How many checks run at once on this machine.")

    package static let budget = SettingKey.single(
        "validate.budget", Form.positiveDuration, default: "4m", as: TimeSpan(seconds: 240),
        "How long pre-push waits for a verdict.")

    package static let overBudget = SettingKey.single(
        "validate.overBudget", Form.word(OverBudget.self), default: "block", as: .block,
        "What pre-push does when the budget is used up.")

    package static let target = SettingKey<TimeSpan?>.optional(
        "validate.target", Form.positiveDuration, subsection: .required("tier"), planned: true,
        "The time a tier should take; quick 30s, standard 5m, complete 15m unless set.")

    package static let enforceTargets = SettingKey.single(
        "validate.enforceTargets", Form.boolean, default: "false", as: false, planned: true,
        "Whether a tier over its target fails instead of warning.")

    package static let audit = SettingKey.single(
        "validate.audit", Form.share, default: "1%", as: 0.01, planned: true,
        "The share of cached verdicts that are checked by a new run.")

    package static let remoteCache = SettingKey<String?>.optional(
        "validate.remoteCache", Form.address,
        places: .gitConfig(because: "verdicts may only come from where this machine's owner says"), planned: true,
        "The address of a shared verdict cache that speaks the Bazel HTTP protocol.")

    static let all = [
        prePush.definition, jobs.definition, budget.definition, overBudget.definition, target.definition,
        enforceTargets.definition, audit.definition, remoteCache.definition,
    ]
}

package import GitValues

/// Keys of the section `validate`: when checks run, how many at once, for how long.
package enum ValidateKeys {
    package static let prePush = SettingKey.single(
        "validate.prePush", Form.word(Tier.self), default: "quick", as: .quick, subsection: .optional("branch"),
        "The tier that a push must pass; [validate \"main\"] sets it for pushes to main.")

    package static let jobs = SettingKey.single(
        "validate.jobs", Form.jobs, default: "auto", as: .auto,
        "How many checks run at once on this machine; auto: what processors, memory and the container's limits bear.")

    package static let budget = SettingKey.single(
        "validate.budget", Form.positiveDuration, default: "4m", as: TimeSpan(seconds: 240),
        "How long pre-push waits for a verdict.")

    package static let overBudget = SettingKey.single(
        "validate.overBudget", Form.word(OverBudget.self), default: "block", as: .block,
        "What pre-push does when the budget is used up.")

    package static let target = SettingKey<TimeSpan?>.optional(
        "validate.target", Form.positiveDuration, subsection: .required("tier"),
        "The time a tier should take; quick 30s, standard 5m, complete 15m unless set.")

    package static let enforceTargets = SettingKey.single(
        "validate.enforceTargets", Form.boolean, default: "false", as: false,
        "Whether a tier over its target fails instead of warning.")

    package static let audit = SettingKey.single(
        "validate.audit", Form.share, default: "1%", as: 0.01,
        "The share of recorded passes that are not reused but run again, to find checks whose verdict lies.")

    package static let cacheAge = SettingKey.single(
        "validate.cacheAge", Form.positiveDuration, default: "30d", as: TimeSpan(seconds: 30 * 86_400),
        "How long a recorded pass that is not used is kept.")

    package static let cacheSize = SettingKey.single(
        "validate.cacheSize", Form.size, default: "512m", as: ByteSize(bytes: 512 << 20),
        "How much room the logs of checks may take, and as much what they made; the oldest go first.")

    package static let remoteCache = SettingKey<String?>.optional(
        "validate.remoteCache", Form.address,
        places: .gitConfig(because: "verdicts may only come from where this machine's owner says"),
        "The address of a shared cache of verdicts and environments that speaks the Bazel HTTP protocol.")

    package static let remoteKey = SettingKey<String?>.optional(
        "validate.remoteKey", Form.text, places: .gitConfig(because: "it names a file of this machine with a secret"),
        "The file with the secret that signs shared verdicts; without it the shared cache is not used.")

    package static let remotePush = SettingKey.single(
        "validate.remotePush", Form.boolean, default: "false", as: false,
        places: .gitConfig(because: "who may write to the cache is decided where it is written from"),
        "Whether passes and environments of this machine are written to the shared cache.")

    static let all = [
        prePush.definition, jobs.definition, budget.definition, overBudget.definition, target.definition,
        enforceTargets.definition, audit.definition, cacheAge.definition, cacheSize.definition, remoteCache.definition,
        remoteKey.definition,
        remotePush.definition,
    ]
}

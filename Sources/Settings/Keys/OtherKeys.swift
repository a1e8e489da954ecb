/// Keys of `[forge "HOST"]`: forges that are not known by their name.
package enum ForgeKeys {
    package static let type = SettingKey<ForgeKind?>.optional(
        "forge.type", Form.word(ForgeKind.self), subsection: .required("host"), places: local,
        "What kind of forge the host is.")

    package static let api = SettingKey<String?>.optional(
        "forge.api", Form.address, subsection: .required("host"), places: local,
        "The root of its REST interface, when it is not the usual one.")

    static let all = [type.definition, api.definition]

    private static let local = KeyDefinition.Places.gitConfig(
        because: "tokens are sent there, so only the machine's owner may name it")
}

/// Keys of `[environment "NAME"]`: what is built once and kept warm.
package enum EnvironmentKeys {
    package static let setup = SettingKey<String?>.optional(
        "environment.setup", Form.text, subsection: named, places: .committedFile,
        "The command that builds the environment, a line for sh -c.")

    package static let key = SettingKey<[String]>.list(
        "environment.key", Form.text, subsection: named, places: .committedFile,
        "A file or a command whose content or output decides whether it must be built again.")

    package static let path = SettingKey<[String]>.list(
        "environment.path", Form.insidePath, subsection: named, places: .committedFile,
        "A folder that belongs to the environment.")

    static let all = [setup.definition, key.definition, path.definition]

    private static let named = KeyDefinition.Subsection.required("name")
}

/// Keys of the section `ci`: how the checks become a pipeline on a forge.
package enum CIKeys {
    package static let platform = SettingKey<[String]>.list(
        "ci.platform", Form.word, "A runner's label; quick runs on the first, standard on two, complete on all.")

    package static let install = SettingKey<String?>.optional(
        "ci.install", Form.text,
        "A line that puts git-validate on a runner; without it jobs run the checks' own lines.")

    package static let setup = SettingKey<[String]>.list(
        "ci.setup", Form.text, "A line that prepares a runner before the checks.")

    package static let image = SettingKey<String?>.optional(
        "ci.image", Form.word, "The container image of GitLab jobs.")

    package static let base = SettingKey<String?>.optional(
        "ci.base", Form.word, "The image that 'git validate ci image' starts from, with its digest (NAME@sha256:…).")

    package static let package = SettingKey<[String]>.list(
        "ci.package", Form.package, "A system package of that image: NAME, or NAME=VERSION to pin it.")

    package static let schedule = SettingKey<String?>.optional(
        "ci.schedule", Form.text, "When tier complete runs by itself, in cron's five fields.")

    package static let lockFile = SettingKey<[String]>.list(
        "ci.lockFile", Form.insidePath, "A file whose content is part of the cache key; else those that are known.")

    package static let billed = SettingKey.single(
        "ci.billed", Form.boolean, default: "true", as: true,
        "Whether started minutes cost money, so that short checks share a job.")

    package static let maxCost = SettingKey<Double?>.optional(
        "ci.maxCost", Form.amount,
        "The most that one pipeline run may cost in US dollars; jobs are joined, checks get fewer parts for it."
    )

    package static let secret = SettingKey<[String]>.list(
        "ci.secret", Form.plainVariable,
        "A secret of the forge that checks which declare it with 'env' get; pull requests of forks get none.")

    package static let variable = SettingKey<[String]>.list(
        "ci.variable", Form.plainVariable, "A variable of the forge that checks which declare it with 'env' get.")

    package static let environment = SettingKey.single(
        "ci.environment", Form.word, default: "validate", as: "validate",
        "The environment of GitHub that keeps the secrets.")

    package static let remoteCache = SettingKey<String?>.optional(
        "ci.remoteCache", Form.address,
        "The shared cache of verdicts that jobs with ci.install use; they write to it on the target only.")

    package static let cacheKey = SettingKey<String?>.optional(
        "ci.cacheKey", Form.plainVariable,
        "The forge's secret that signs shared verdicts: what validate.remoteKey holds.")

    package static let cacheToken = SettingKey<String?>.optional(
        "ci.cacheToken", Form.plainVariable,
        "The forge's secret with the token that the shared cache asks for: what GITPATCH_CACHE_TOKEN holds.")

    package static let codeScanning = SettingKey.single(
        "ci.codeScanning", Form.boolean, default: "false", as: false,
        "Whether reports of checks are shown under GitHub's code scanning, which private repositories pay for.")

    static let all = [
        platform.definition, install.definition, setup.definition, image.definition, base.definition,
        package.definition, schedule.definition,
        lockFile.definition, billed.definition, maxCost.definition, secret.definition, variable.definition,
        environment.definition, codeScanning.definition, remoteCache.definition, cacheKey.definition,
        cacheToken.definition,
    ]
}

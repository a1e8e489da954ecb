package import GitValues

/// Keys of the section `automerge`: what must hold before a patch lands, and what follows.
package enum AutomergeKeys {
    package static let method = SettingKey.single(
        "automerge.method", Form.word(LandingMethod.self), default: "squash", as: .squash, "How patches land.")

    package static let squashMessage = SettingKey<String?>.optional(
        "automerge.squashMessage", Form.text,
        "The text of a squashed patch: {title} {body} {commits} {branch} {target} {author} {id}; trailers follow."
    )

    package static let mergeMessage = SettingKey<String?>.optional(
        "automerge.mergeMessage", Form.text,
        "The text of a merge commit: {title} {branch} {target} {author} {id}; trailers follow.")

    package static let delay = SettingKey.single(
        "automerge.delay", Form.duration, default: "0", as: TimeSpan(seconds: 0),
        "How long a patch waits before it may land; starts anew with a new head.")

    package static let requiredCheck = SettingKey<[String]>.list(
        "automerge.requiredCheck", Form.text, "A check that must have passed on the candidate.")

    package static let approvals = SettingKey.single(
        "automerge.approvals", Form.integer(0...100), default: "0", as: 0,
        "How many people other than the author must have approved the head.")

    package static let approvers = SettingKey<[String]>.list(
        "automerge.approvers", Form.text,
        places: .gitConfig(because: "who may approve is for the owner of the worker to say"),
        "A mail address whose approval counts; without any, everyone's but the author's.")

    package static let batch = SettingKey.single(
        "automerge.batch", Form.integer(1...1000), default: "8", as: 8, "The most patches that land together.")

    package static let rollback = SettingKey.single(
        "automerge.rollback", Form.boolean, default: "false", as: false,
        "Whether a landing is reverted when the checks after it fail.")

    package static let rollbackLimit = SettingKey.single(
        "automerge.rollbackLimit", Form.integer(1...100), default: "3", as: 3,
        "The most automatic reverts of a target within an hour; one more stops the target instead.")

    package static let postCheck = SettingKey<[String]>.list(
        "automerge.postCheck", Form.text,
        "A check to run on the landed commit; without any, those of tier complete that were not required.")

    package static let watch = SettingKey<TimeSpan?>.optional(
        "automerge.watch", Form.duration,
        "How long after a landing the checks after it may still revert it.")

    package static let expectNoChecks = SettingKey.single(
        "automerge.expectNoChecks", Form.boolean, default: "false", as: false,
        "Whether a forge that reports no check at all is fine.")

    package static let notify = SettingKey<[String]>.list(
        "automerge.notify", Form.text,
        places: .gitConfig(because: "it runs outside a check, on the worker's machine"),
        "A command that gets each event as JSON on its standard input, or a webhook's address.")

    static let all = [
        method.definition, squashMessage.definition, mergeMessage.definition, delay.definition,
        requiredCheck.definition, approvals.definition, approvers.definition,
        batch.definition, rollback.definition, rollbackLimit.definition, postCheck.definition, watch.definition,
        expectNoChecks.definition,
        notify.definition,
    ]
}

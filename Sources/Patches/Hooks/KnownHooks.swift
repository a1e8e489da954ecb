/// The hooks that git knows (githooks(5), git 2.54).
enum KnownHooks {
    /// Those whose mere presence changes nothing and that do not run on every reference or index update.
    static let harmless: Set<String> = [
        "applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit", "prepare-commit-msg",
        "commit-msg", "post-commit", "pre-rebase", "post-checkout", "post-merge", "pre-push", "pre-receive", "update",
        "post-receive", "post-update", "pre-auto-gc", "post-rewrite", "sendemail-validate",
    ]

    static let all: Set<String> = harmless.union([
        "proc-receive", "reference-transaction", "push-to-checkout", "fsmonitor-watchman", "p4-changelist",
        "p4-prepare-changelist", "p4-post-changelist", "p4-pre-submit", "post-index-change",
    ])
}

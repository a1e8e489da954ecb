/// Where validators in jobs find verdicts of others, and leave their own.
package struct SharedCache: Sendable, Hashable {
    package let address: String
    /// The name of the forge's secret that signs verdicts.
    package let secret: String
    /// The name of the forge's secret with the token that the cache asks for; `nil` where it asks for none.
    package var token: String?

    /// The names of all that jobs are given for it.
    var given: [String] { [secret, token].compactMap { $0 } }

    /// Lines of a shell that tell the validator of it, in the environment of this shell alone: a checkout that is kept
    /// meets the next run, which may be that of a stranger, with nothing of it, and the file with the key goes with the
    /// shell, also where that is told to end; where it is killed, with a later one.
    ///
    /// Without the secret, in a pull request of a fork say, there is no cache. What anybody's change has judged is not
    /// written: only what the target has is told to others.
    ///
    /// - Parameter isTarget: a command that succeeds in a run of the target.
    func lines(isTarget: String) -> [String] {
        [
            "# Older files of this kind left it in a checkout that is kept.",
            "for word in Cache Key Push; do git config --local --unset-all \"validate.remote$word\" || :; done",
            "told=${GIT_CONFIG_COUNT:-0}", "tell() {",
            "  export \"GIT_CONFIG_KEY_$told=$1\" \"GIT_CONFIG_VALUE_$told=$2\"",
            "  told=$((told + 1))", "  export GIT_CONFIG_COUNT=\"$told\"", "}",
            "if [ -n \"${\(secret):-}\" ]; then", "  place=${RUNNER_TEMP:-${TMPDIR:-/tmp}}",
            "  # What a job that was killed has left; none lasts that long.",
            "  find \"$place/.\" -maxdepth 1 -name 'git-patch-key.*' -user \"$(id -u)\" -mmin +2880 -exec rm -f {} + 2>/dev/null || :",
            "  key=$(mktemp \"$place/git-patch-key.XXXXXX\")", "  trap 'rm -f \"$key\"' EXIT",
            "  trap 'exit 143' TERM", "  trap 'exit 130' INT", "  trap 'exit 129' HUP",
            "  printf %s \"$\(secret)\" > \"$key\"",
            "  tell validate.remoteCache \(Quoting.shell(address))", "  tell validate.remoteKey \"$key\"",
        ]
            + (token.map { ["  export GITPATCH_CACHE_TOKEN=\"${\($0):-}\""] } ?? []) + [
                "  if \(isTarget); then tell validate.remotePush true; fi", "fi",
            ]
    }
}

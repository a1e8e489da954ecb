/// Where validators in jobs find verdicts of others, and leave their own.
package struct SharedCache: Sendable, Hashable {
    package let address: String
    /// The name of the forge's secret that signs verdicts.
    package let secret: String

    /// Lines of a shell that tell the validator of it.
    ///
    /// Without the secret, in a pull request of a fork say, there is no cache. What anybody's change has judged is not
    /// written: only what the target has is told to others.
    ///
    /// - Parameter isTarget: a command that succeeds in a run of the target.
    func lines(isTarget: String) -> [String] {
        [
            "if [ -n \"${\(secret):-}\" ]; then", "  key=$(mktemp)", "  printf %s \"$\(secret)\" > \"$key\"",
            "  git config validate.remoteCache \(Quoting.shell(address))",
            "  git config validate.remoteKey \"$key\"",
            "  if \(isTarget); then git config validate.remotePush true; fi", "fi",
        ]
    }
}

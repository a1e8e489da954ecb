/// Which version of the suite this is.
package enum SuiteVersion {
    /// The newest heading of the changelog: a number once it is released.
    package static let text = "unreleased"

    /// What `--version` prints, in the form of git's own.
    package static func line(_ program: String) -> String { "\(program) version \(text)" }
}

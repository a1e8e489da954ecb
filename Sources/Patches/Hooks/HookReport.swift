/// How one hook of the suite stands.
package struct HookReport: Hashable, Sendable, Codable {
    /// The states of a hook.
    package enum State: String, Sendable, Codable {
        /// git runs it.
        case installed
        /// It is not there.
        case missing
        /// It is of another version, or leads to a helper that is elsewhere or gone.
        case outdated
        /// It was there; another program put its own hook, or another hooks folder, in its place.
        case replaced
    }

    package let event: String
    package let state: State
    /// The hook that was there before and runs with it.
    package let next: String?
}

/// How the hooks of a repository, or of all repositories, stand.
package struct HooksReport: Hashable, Sendable, Codable {
    /// The ways to install.
    package enum Placement: String, Sendable, Codable {
        /// `hook.git-patch-….command` in git's configuration.
        case configuration
        /// Shims in git's own hooks folder.
        case inPlace = "in-place"
        /// A folder of shims that `core.hooksPath` leads to, passing on to the one it led to before.
        case passOn = "pass-on"
    }

    package let placement: Placement
    /// The folder or configuration file they stand in.
    package let place: String
    /// Whether they run for all repositories of the user.
    package let isGlobal: Bool
    package let hooks: [HookReport]
    /// Hooks of others in that place that are passed on as they are.
    package let passedOn: [String]
    /// Hooks of others that came later and do not run until the hooks are installed again.
    package var notPassedOn: [String] = []

    /// Whether git runs all of ours.
    package var isInstalled: Bool { hooks.allSatisfy { $0.state == .installed } }
    /// Whether git runs all of ours and those of others.
    package var isComplete: Bool { isInstalled && notPassedOn.isEmpty }
    /// Whether nothing of ours is there.
    package var isAbsent: Bool { hooks.allSatisfy { $0.state == .missing } }
}

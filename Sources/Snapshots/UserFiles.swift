import GitProcess
import GitValues

/// The user's own files of ignore rules and attributes, found as git finds them.
struct UserFiles {
    private let request: CaptureRequest
    private let configuration: GitConfiguration

    init(_ request: CaptureRequest, _ configuration: GitConfiguration) {
        self.request = request
        self.configuration = configuration
    }

    /// The rules for the whole worktree, from the ones that lose to the ones that win.
    func ignoreRules() throws -> [IgnoreRules] {
        let paths = [
            try path("core.excludesfile", name: "ignore"), request.location.commonDirectory + "/info/exclude",
        ]
        // Git warns of files it cannot read and goes on without them.
        return paths.compactMap { $0.flatMap { try? Files.read($0) } }.map { IgnoreRules(parsing: $0) }
    }

    /// The user's attributes.
    ///
    /// - Throws: `Preflight.Reason` when the system has attributes, too: where they are depends on how git was built.
    func attributesFile() throws -> String? {
        let prefixes = ["", "/usr", "/usr/local", "/opt/homebrew", "/opt/local"]
        if request.git.environment.value(of: "GIT_ATTR_NOSYSTEM") == nil {
            for prefix in prefixes where FileIdentity(of: prefix + "/etc/gitattributes").map({ $0.size > 0 }) ?? false {
                throw Preflight.Reason("the system has attributes")
            }
        }
        return try path("core.attributesfile", name: "attributes")
    }

    /// The file a key names, else the usual one of the user.
    private func path(_ key: String, name: String) throws -> String? {
        let home = request.git.environment.value(of: "HOME")
        guard let value = configuration.string(key) else {
            if let config = request.git.environment.value(of: "XDG_CONFIG_HOME"), !config.isEmpty {
                return "\(config)/git/\(name)"
            }
            return home.map { "\($0)/.config/git/\(name)" }
        }
        if value.isEmpty { return nil }
        if value.hasPrefix("~/"), let home { return home + value.dropFirst() }
        if value.hasPrefix("~") || value.hasPrefix("%(") || value.hasPrefix(":(") {
            throw Preflight.Reason("\(key) is '\(value)'")
        }
        return value.hasPrefix("/") ? value : request.location.worktree + "/" + value
    }
}

import GitValues

/// A repository on a forge: which kind of forge, where its interface is, and what the repository is called there.
package struct ForgeSite: Hashable, Sendable {
    package let kind: ForgeKind
    /// The host as people know it, with a port where the web has one.
    package let host: String
    /// The root of the REST interface, without a slash at the end.
    package let api: String
    package let owner: String
    package let name: String

    /// Owner and name.
    package var path: String { "\(owner)/\(name)" }
    /// The repository for people: `github.com/owner/name`.
    package var displayName: String { "\(host)/\(path)" }
}

extension Settings {
    /// Whether there is a remote of that name, or the text is an address itself.
    package func hasRemote(_ name: String) -> Bool {
        string("remote.\(name).url") != nil || name.contains("/") || name.contains(":")
    }

    /// The forge a remote belongs to; `nil` for a plain one.
    ///
    /// The URL counts as it is configured, before `url.*.insteadOf`, and where pushes go when that is another place.
    package func forgeSite(ofRemote remote: String) -> ForgeSite? {
        let texts = strings("remote.\(remote).pushurl") + strings("remote.\(remote).url")
        let written = texts.first ?? (remote.contains("/") || remote.contains(":") ? remote : nil)
        guard let address = written.flatMap(RemoteAddress.init) else { return nil }
        let webPort = address.transport == .http || address.transport == .https ? address.port : nil
        let plain = Settings.sshAliases[address.host] ?? address.host
        let host = webPort.map { "\(plain):\($0)" } ?? plain
        let names = host == plain ? [plain] : [host, plain]
        let configured = names.lazy.compactMap { self[ForgeKeys.type, $0] }.first
        guard let kind = configured ?? Settings.knownForges[plain] else { return nil }
        let scheme = address.transport == .http && Settings.isLoopback(plain) ? "http" : "https"
        let api =
            names.lazy.compactMap { self[ForgeKeys.api, $0] }.first ?? usualAPI(kind, "\(scheme)://\(host)", plain)
        return ForgeSite(
            kind: kind, host: host, api: api.hasSuffix("/") ? String(api.dropLast()) : api, owner: address.owner,
            name: address.name)
    }

    private func usualAPI(_ kind: ForgeKind, _ web: String, _ host: String) -> String {
        switch kind {
        case .github: host == "github.com" ? "https://api.github.com" : web + "/api/v3"
        case .gitlab: web + "/api/v4"
        case .gitea: web + "/api/v1"
        }
    }

    private static let knownForges: [String: ForgeKind] = [
        "github.com": .github, "gitlab.com": .gitlab, "codeberg.org": .gitea,
    ]

    /// Hosts under which forges take ssh through the port of https.
    private static let sshAliases = ["ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com"]

    private static func isLoopback(_ host: String) -> Bool { host == "localhost" || host.hasPrefix("127.") }
}

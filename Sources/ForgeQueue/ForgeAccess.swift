package import Forge
import ForgeGitHub
import ForgeGitLab
import ForgeGitea
package import GitProcess
import GitValues
import HTTP
package import Settings

/// Opens forges: finds the token, reads how the network is reached, makes the adapter.
package final class ForgeAccess {
    private let git: GitProgram
    private let settings: Settings
    private var known: [ForgeSite: any Forge] = [:]

    /// Creates the access; nothing is contacted and no token looked for yet.
    package init(git: GitProgram, settings: Settings) {
        self.git = git
        self.settings = settings
    }

    /// The site of a remote; `nil` when it is on no forge.
    package func site(of remote: String) -> ForgeSite? { settings.forgeSite(ofRemote: remote) }

    /// The adapter of a site.
    ///
    /// - Throws: `needsHuman` when there is no token, or the address of the interface is none.
    package func forge(_ site: ForgeSite) async throws(ForgeFailure) -> any Forge {
        if let forge = known[site] { return forge }
        guard let token = await ForgeToken.find(for: site, git: git) else {
            throw .needsHuman("there is no token for '\(site.host)'", hint: hint(for: site))
        }
        let api: HTTPURL
        do { api = try HTTPURL(site.api) } catch {
            throw .needsHuman(error.message, hint: "set forge.\(site.host).api to its https address")
        }
        let environment = git.environment
        func value(_ name: String) -> String? { environment.value(of: name).flatMap { $0.isEmpty ? nil : $0 } }
        let names = ["GIT_SSL_CAINFO", "CURL_CA_BUNDLE", "SSL_CERT_FILE"]
        let network = HTTPClient.Network(
            certificates: names.lazy.compactMap(value).first ?? settings.string("http.sslcainfo"),
            proxy: settings.string("http.proxy"))
        let throttle = ForgeThrottle(
            folder: ForgeThrottle.usualFolder(
                environment: ["XDG_STATE_HOME", "HOME"].reduce(into: [:]) { $0[$1] = value($1) }),
            host: site.host, token: token.value)
        let headers: [HTTPHeader] =
            switch site.kind {
            case .github: GitHubForge.headers(token: token.value)
            case .gitlab: GitLabForge.headers(token: token.value)
            case .gitea: GiteaForge.headers(token: token.value)
            }
        let timeout = value("GITPATCH_HTTP_TIMEOUT").flatMap(TimeSpan.init)?.seconds ?? 30
        let connection = ForgeConnection(
            api: api, client: HTTPClient(network: network), headers: headers, throttle: throttle, timeout: timeout)
        let forge: any Forge =
            switch site.kind {
            case .github: GitHubForge(site: site, connection: connection)
            case .gitlab: GitLabForge(site: site, connection: connection)
            case .gitea: GiteaForge(site: site, connection: connection)
            }
        known[site] = forge
        return forge
    }

    /// Whether there is a token for a site.
    func hasToken(_ site: ForgeSite) async -> Bool {
        if known[site] != nil { return true }
        return await ForgeToken.find(for: site, git: git) != nil
    }

    /// The page on which a person opens the pull request of a branch, for those who have no token.
    package static func page(for branch: String, base: String, _ site: ForgeSite) -> String {
        let web = "https://\(site.host)/\(site.path)"
        let (branch, base) = (pathComponent(branch), pathComponent(base))
        switch site.kind {
        case .github: return "\(web)/compare/\(base)...\(branch)?expand=1"
        case .gitlab:
            let query = "merge_request%5Bsource_branch%5D=\(branch)&merge_request%5Btarget_branch%5D=\(base)"
            return "\(web)/-/merge_requests/new?\(query)"
        case .gitea: return "\(web)/compare/\(base)...\(branch)"
        }
    }

    private func hint(for site: ForgeSite) -> String {
        switch site.kind {
        case .github: "set GITPATCH_TOKEN, or type 'gh auth login --hostname \(site.host)'"
        case .gitlab: "set GITPATCH_TOKEN, or type 'glab auth login --hostname \(site.host)'"
        case .gitea: "set GITPATCH_TOKEN"
        }
    }
}

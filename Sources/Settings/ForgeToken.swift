package import GitProcess

/// A token and where it was found; the text of it goes into a header and nowhere else.
package struct ForgeToken: Sendable, CustomStringConvertible {
    package let value: String
    /// For messages: `GH_TOKEN`, `git credential`.
    package let source: String

    package var description: String { "a token from \(source)" }

    /// Looks for the token of a site: `GITPATCH_TOKEN`, the forge's own variables for the hosts they are meant for,
    /// `git credential fill`, the forge's command line.
    package static func find(for site: ForgeSite, git: GitProgram) async -> ForgeToken? {
        let environment = git.environment
        for name in ["GITPATCH_TOKEN"] + variables(for: site, environment) {
            if let value = environment.value(of: name), isToken(value) { return ForgeToken(value: value, source: name) }
        }
        if let value = await fromGit(site, git) { return ForgeToken(value: value, source: "git credential") }
        return await fromProgram(site, git)
    }

    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    /// The variables whose tokens are meant for the host of a site.
    private static func variables(for site: ForgeSite, _ environment: ChildEnvironment) -> [String] {
        func isMeant(_ variable: String) -> Bool {
            guard let text = environment.value(of: variable), !text.isEmpty else { return true }
            let host = text.firstRange(of: "://").map { text[$0.upperBound...] } ?? text[...]
            return host.prefix { $0 != "/" } == site.host
        }
        switch site.kind {
        case .github:
            if site.host == "github.com" || site.host.hasSuffix(".ghe.com") { return ["GH_TOKEN", "GITHUB_TOKEN"] }
            let names = ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"]
            // On a machine that is set up for one host, its plain variables are that host's.
            let isHome = environment.value(of: "GH_HOST") == site.host
            return isMeant("GH_HOST") ? names + (isHome ? ["GH_TOKEN", "GITHUB_TOKEN"] : []) : []
        case .gitlab:
            let named = environment.value(of: "GITLAB_HOST").map { !$0.isEmpty } ?? false
            return site.host == "gitlab.com" && !named || named && isMeant("GITLAB_HOST") ? ["GITLAB_TOKEN"] : []
        case .gitea:
            return isMeant("GITEA_SERVER_URL") ? ["FORGEJO_TOKEN", "GITEA_TOKEN"] : []
        }
    }

    private static func fromGit(_ site: ForgeSite, _ git: GitProgram) async -> String? {
        var quiet = git
        quiet.environment = git.environment.setting("GIT_TERMINAL_PROMPT", "0").removing("SSH_ASKPASS")
        quiet.settings += ["core.askPass=", "credential.interactive=false"]
        let scheme = site.api.hasPrefix("http://") ? "http" : "https"
        let question = "protocol=\(scheme)\nhost=\(site.host)\npath=\(site.path)\n\n"
        // Without an answer there simply is no token here; what went wrong is git's to tell when it pushes.
        guard let result = try? await quiet.run(["credential", "fill"], input: Array(question.utf8)), result.succeeded
        else { return nil }
        let line = result.lines.first { $0.hasPrefix("password=") }
        return line.map { String($0.dropFirst("password=".count)) }.flatMap { isToken($0) ? $0 : nil }
    }

    private static func fromProgram(_ site: ForgeSite, _ git: GitProgram) async -> ForgeToken? {
        let words: (String, [String])
        switch site.kind {
        case .github: words = ("gh", ["auth", "token", "--hostname", site.host])
        case .gitlab: words = ("glab", ["config", "get", "token", "--host", site.host])
        case .gitea: return nil
        }
        // A program that is not there, or knows no token, is no error.
        guard
            let result = try? await HelperProgram.run(
                words.0, words.1, in: git.directory, environment: git.environment),
            result.succeeded, isToken(result.text)
        else { return nil }
        return ForgeToken(value: result.text, source: words.0)
    }
}

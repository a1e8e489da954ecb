package import GitProcess
package import GitValues

/// One remote of a repository, spoken to through the `git` program only.
///
/// Nothing of the user's moves: no FETCH_HEAD, no remote-tracking branch on reading, no tag, no garbage collection.
package struct RemoteConnection: Sendable {
    /// The name of the remote, or a URL.
    package let name: String
    package let git: GitProgram

    /// The environment variable that tells our own hooks that a push is ours and validated.
    package static let childVariable = "GITPATCH_CHILD"
    /// The variable that tells hooks that a patch is delivered, not something the user pushes.
    package static let deliveryVariable = "GITPATCH_DELIVERY"

    /// Creates a connection; nothing is contacted yet.
    package init(name: String, git: GitProgram) {
        self.name = name
        self.git = git
    }

    /// Lists references of the remote as one advertisement shows them.
    ///
    /// - Parameters:
    ///   - patterns: as `git ls-remote` takes them; full names and `refs/x/*`.
    ///   - meanwhile: what the caller does as soon as git has started.
    package func list(_ patterns: [String], meanwhile: () -> Void = {}) async throws -> [ReferenceName: ObjectID] {
        let result = try await child.run(
            ["ls-remote", "--refs", "--quiet", "--", name] + patterns, meanwhile: meanwhile)
        guard result.succeeded else { throw unreachable(result) }
        var references: [ReferenceName: ObjectID] = [:]
        for line in result.lines {
            let fields = line.split(separator: "\t", maxSplits: 1)
            // Names that git itself would refuse here cannot be ours.
            if fields.count == 2, let id = ObjectID(hex: fields[0]), let name = ReferenceName(fields[1]) {
                references[name] = id
            }
        }
        return references
    }

    /// The branch the remote's HEAD names; `nil` when it names none.
    package func defaultBranch() async throws -> String? {
        let result = try await child.run(["ls-remote", "--symref", "--quiet", "--", name, "HEAD"])
        guard result.succeeded else { throw unreachable(result) }
        for line in result.lines where line.hasPrefix("ref: ") {
            let target = line.dropFirst("ref: ".count).prefix { $0 != "\t" }
            return ReferenceName(target)?.branch
        }
        return nil
    }

    private static let fetchOptions = [
        "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules",
        "--no-show-forced-updates", "--no-write-commit-graph", "--refmap=",
    ]

    /// Fetches all branches, patches, fences and receipts into their private references, which then are what the remote
    /// advertised; `false` when git could not bring them all there.
    ///
    /// - Parameter meanwhile: what the caller does as soon as git has started.
    func fetchAll(into references: PrivateReferences, meanwhile: () -> Void) async throws -> Bool {
        let kinds = ["refs/heads/", RemoteReferences.patches, RemoteReferences.automerge]
        let specifications = kinds.map { "+\($0)*:\(references.prefix)\($0.dropFirst("refs/".count))*" }
        let options = RemoteConnection.fetchOptions + ["--prune", "--", name]
        let result = try await child.run(options + specifications, meanwhile: meanwhile)
        if result.succeeded { return true }
        // Somebody holds the lock of a private reference, or a name stands in the way: asking one by one goes around it.
        if result.errorText.contains("local ref") || result.errorText.contains("lock ref") { return false }
        throw unreachable(result)
    }

    /// Fetches references into local ones, moved by force; returns `false` when one of them is gone by now.
    package func fetch(_ pairs: [(remote: ReferenceName, local: ReferenceName)]) async throws -> Bool {
        guard !pairs.isEmpty else { return true }
        let options = RemoteConnection.fetchOptions + ["--no-prune", "--stdin", "--", name]
        let specifications = pairs.map { "+\($0.remote):\($0.local)\n" }.joined()
        let result = try await child.run(options, input: Array(specifications.utf8))
        if result.succeeded { return true }
        if result.errorText.contains("couldn't find remote ref") { return false }
        throw unreachable(result)
    }

    /// Pushes updates, each with a lease on exactly the value it expects.
    ///
    /// - Parameters:
    ///   - atomic: all or none; a server that cannot do that answers `.atomicUnsupported` and nothing moved.
    ///   - operation: set when the push is validated already: hooks of this repository are skipped.
    ///   - skipsHooks: the user asked for `--no-verify`.
    ///   - options: words for the server; one that takes none answers `.optionsUnsupported` and nothing moved.
    ///   - relay: gets what hooks and git print, line by line, while the push runs; not git's words about a remote that
    ///     cannot be reached, which are the answer.
    package func push(
        _ updates: [RemoteUpdate], atomic: Bool = true, operation: RecordID?, skipsHooks: Bool = false,
        options: [String] = [], relay: (String) -> Void = { _ in }
    ) async throws -> PushAnswer {
        var arguments = [
            "push", "--porcelain", "--no-follow-tags", "--recurse-submodules=no", atomic ? "--atomic" : "--no-atomic",
        ]
        if operation != nil || skipsHooks { arguments.append("--no-verify") }
        arguments += options.map { "--push-option=\($0)" }
        for update in updates {
            arguments.append("--force-with-lease=\(update.name):\(update.expected?.hex ?? "")")
        }
        arguments += ["--", name]
        arguments += updates.map { "\($0.new?.hex ?? ""):\($0.name)" }
        var pushing = child
        pushing.settings.append("push.useForceIfIncludes=false")
        if !name.contains("=") { pushing.settings.append("remote.\(name).mirror=false") }
        pushing.environment = pushing.environment.setting(RemoteConnection.deliveryVariable, "1")
        if let operation {
            pushing.environment = pushing.environment.setting(RemoteConnection.childVariable, operation.text)
        }
        var ofGit: [String] = []
        let result = try await pushing.run(arguments) { line in
            let isOfGit = ["fatal: ", "remote:", "error: failed to push"].contains(where: line.hasPrefix)
            if ofGit.isEmpty, !isOfGit { relay(line) } else { ofGit.append(line) }
        }
        let answer = PushAnswer(porcelain: result.text, errors: result.errorText, exitCode: result.exitCode)
        // Why it did not go well is in the answer, and told once; what a server says beside that is for the user to read.
        if answer.isComplete(for: updates) { ofGit.forEach(relay) }
        return answer
    }

    /// The name as the store keeps it and messages show it: what a URL says of the user that may be secret is left out.
    ///
    /// That is the password, and over HTTP also the name, where a token may stand; git asks its credential helpers then.
    package var storedName: String {
        guard let scheme = name.firstRange(of: "://") else { return name }
        let rest = name[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let at = authority.lastIndex(of: "@") else { return name }
        let isHTTP = name[..<scheme.lowerBound].lowercased().hasPrefix("http")
        let user = isHTTP ? "" : authority[..<at].prefix { $0 != ":" } + "@"
        return String(name[..<scheme.upperBound] + user + rest[rest.index(after: at)...])
    }

    /// The name as messages show it.
    package var displayName: String { storedName }

    var child: GitProgram {
        var child = git
        child.settings += ["gc.auto=0", "maintenance.auto=false", "core.fsmonitor=false"]
        return child
    }

    func unreachable(_ result: ProcessResult) -> RemoteProblem {
        .unreachable(
            remote: displayName, words: PushAnswer.reason(in: result.errorText.split(separator: "\n").map(String.init)))
    }
}

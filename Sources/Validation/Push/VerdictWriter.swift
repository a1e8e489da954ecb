package import GitProcess
package import GitValues
import HookInput
package import Settings

/// What the hook helper may be told when a request passes: for which pushed objects, and under which conditions.
package struct VerdictClaim: Sendable {
    /// A pushed object with the commit of the remote that the change was taken from.
    package struct Object: Sendable, Codable, Hashable {
        package var id: ObjectID
        package var since: ObjectID?

        /// Creates an object.
        package init(id: ObjectID, since: ObjectID?) {
            self.id = id
            self.since = since
        }
    }

    package var objects: [Object]
    fileprivate let fingerprint: VerdictFingerprint

    /// Looks at everything outside the tree that decides.
    ///
    /// `nil` when configuration files changed since `early`, which must have been taken before they were read.
    package init?(
        _ objects: [Object], settings: Settings, location: RepositoryLocation, git: GitProgram,
        early: EarlyLook
    ) async {
        let environment = CheckEnvironment()
        // Without the list nobody knows what decides, and no verdict is claimed.
        guard let origins = try? await git.readOnly.run(["config", "--list", "--show-origin", "--name-only", "-z"])
        else { return nil }
        // What is configured for some branches only changes with HEAD, which the helper does not look at.
        let names = origins.output.split(separator: 0).map { String(decoding: $0, as: UTF8.self).lowercased() }
        if names.contains(where: { $0.hasPrefix("includeif.onbranch:") }) { return nil }
        var files = VerdictClaim.configurationFiles(origins.output, location)
        for line in settings.checks.flatMap(\.tools) {
            // What a tool line starts must be known by its file, or a change of it would go unseen.
            guard let program = ToolVersions.program(of: line, environment.searchPath) else { return nil }
            files.append(program)
        }
        if let own = runningProgram() { files.append(own) }
        files += ConversionRules.attributeFiles(settings, location)
        let look = VerdictFingerprint.take(
            gitDirectory: location.gitDirectory, commonDirectory: location.commonDirectory,
            variables: Set(settings.checks.flatMap(\.env) + CheckEnvironment.choosing).sorted(), files: files)
        guard look.files.starts(with: early.fingerprint.files) else { return nil }
        self.objects = objects
        fingerprint = look
    }

    /// The state of the configuration files before they are read.
    package struct EarlyLook: Sendable {
        fileprivate let fingerprint: VerdictFingerprint

        /// Looks now.
        package init(_ location: RepositoryLocation) {
            fingerprint = .take(gitDirectory: location.gitDirectory, commonDirectory: location.commonDirectory)
        }
    }

    /// Records `origin NUL key NUL`; origins that are files begin with `file:`, relative ones at the top.
    private static func configurationFiles(_ listing: [UInt8], _ location: RepositoryLocation) -> [String] {
        var files: Set<String> = []
        let fields = listing.split(separator: 0, omittingEmptySubsequences: false)
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            let origin = String(decoding: fields[index], as: UTF8.self)
            guard origin.hasPrefix("file:") else { continue }
            let path = String(origin.dropFirst(5))
            files.insert(path.hasPrefix("/") ? path : location.worktree + "/" + path)
        }
        return files.sorted()
    }
}

/// Writes what the hook helper reads.
enum VerdictWriter {
    /// How long a pass counts without asking the validator again, in seconds: a day where versions of tools decide,
    /// because what a wrapper starts may change while the wrapper stays the same.
    private static func lifetime(_ checks: [CheckDefinition]) -> Double {
        checks.allSatisfy(\.tools.isEmpty) ? 7 * 86_400 : 86_400
    }

    /// Writes a verdict for each object of the request's claim, as far as the run covers it: all checks of the tier,
    /// or those that a change from a known commit of the remote concerns.
    ///
    /// A verdict that cannot be written costs time at the next push, and nothing else.
    static func write(_ ready: Preparation, _ request: ValidationRequest) async {
        guard let claim = request.claim, request.only.isEmpty, request.shard == nil, ready.quarantined.isEmpty,
            ready.open.allSatisfy({ ready.keys[$0.name] != nil }),
            let tier = VerdictTier(request.tier.rawValue)
        else { return }
        let policy = request.policy
        var needs: [String: VerdictTier] = [:]
        for branch in policy.subsections(of: "validate") {
            needs[branch] = VerdictTier(policy[ValidateKeys.prePush, branch].rawValue)
        }
        for object in claim.objects {
            let coverage: VerdictFile.Coverage
            if ready.plan.leftOut.isEmpty {
                coverage = .everyCheck
            } else if let since = object.since {
                coverage = .since([since])
            } else {
                continue
            }
            let verdict = VerdictFile(
                object: object.id, tree: request.tree, passed: tier, coverage: coverage,
                needed: VerdictTier(policy[ValidateKeys.prePush].rawValue) ?? .complete, branchNeeds: needs,
                fingerprint: claim.fingerprint, expires: Timestamp.now().adding(seconds: lifetime(policy.checks)))
            // See above: the answer is the same without the file.
            try? verdict.write(to: request.location.storeDirectory)
        }
    }
}

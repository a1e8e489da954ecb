package import GitValues
package import PlainRemote
package import Settings

/// What a target asks of patches: its own committed configuration, never the candidate's, and what the worker's git adds.
package struct TargetPolicy: Sendable {
    /// The settings with the target's `.gitpatch`.
    package let settings: Settings
    /// The content of that file; `nil` when the target has none.
    package let file: ObjectID?
    /// What makes the file useless; then nothing may land.
    package let problem: SettingsError?

    /// Reads the policy of a target from its tip.
    ///
    /// - Parameter git: the settings of the worker's git, without a committed file.
    package init(
        of target: String, at tip: ObjectID, objects: RepositoryObjects, git settings: Settings
    ) async throws {
        file = try await objects.blobID(of: CommittedFile.path, in: tip)
        let content = try await objects.contents(of: CommittedFile.path, in: [tip]).first ?? nil
        let committed = content.map { CommittedFile(bytes: $0, origin: "\(target):\(CommittedFile.path)") }
        do {
            self.settings = try settings.with(committed: committed)
            problem = nil
        } catch {
            self.settings = settings
            problem = error
        }
    }

    /// The checks every patch needs: those the target names and those the worker's git names, none of which takes one away.
    package var requiredChecks: [String] {
        let names = settings.explain(AutomergeKeys.requiredCheck.definition.name).map(\.value)
        var seen: Set<String> = []
        return names.filter { !$0.isEmpty && seen.insert($0).inserted }
    }

    /// The checks one patch needs, in the order of the configuration, its own wishes last.
    package func requiredChecks(of patch: PatchDocument) -> [String] {
        requiredChecks + patch.requiredChecks.filter { !requiredChecks.contains($0) }
    }

    /// The checks that only the patch asks for, and the target does not define.
    package func undefinedChecks(of patch: PatchDocument) -> [String] {
        let asked = patch.requiredChecks.filter { !requiredChecks.contains($0) }
        return asked.filter { name in !settings.checks.contains { $0.name == name } }
    }

    /// The checks that run on what landed: the named ones, else all that were not required before.
    package var postChecks: [String] {
        let named = settings[AutomergeKeys.postCheck]
        if !named.isEmpty { return named }
        let required = Set(requiredChecks)
        return settings.checks.map(\.name).filter { !required.contains($0) }
    }

    /// What is wrong with a set of required checks; `nil` when it can be judged by.
    package func flaw(in required: [String]) -> String? {
        if let problem { return problem.description }
        let undefined = required.filter { name in !settings.checks.contains { $0.name == name } }
        if !undefined.isEmpty {
            let names = undefined.map { "'\($0)'" }.joined(separator: ", ")
            return "required check \(names) is not defined in the target's \(CommittedFile.path)"
        }
        if required.isEmpty && !settings[AutomergeKeys.expectNoChecks] {
            return "no check is required: name one with automerge.requiredCheck in the target's \(CommittedFile.path)"
        }
        return nil
    }

    /// How many approvals a patch needs: it may ask for more than the target does, never for fewer.
    package func approvals(of patch: PatchDocument) -> Int {
        max(settings.strictest(AutomergeKeys.approvals), patch.approvals ?? 0)
    }

    /// How long a patch waits after its last push, or after it was armed: longer than the target asks, never shorter.
    package func delay(of patch: PatchDocument) -> TimeSpan {
        TimeSpan(seconds: max(settings.strictest(AutomergeKeys.delay).seconds, patch.delay ?? 0))
    }

    /// How a patch lands.
    package func method(of patch: PatchDocument) -> LandingMethod { patch.method ?? settings[AutomergeKeys.method] }

    /// Whether a person's approval counts at all.
    package func mayApprove(_ person: Person) -> Bool {
        let approvers = settings[AutomergeKeys.approvers]
        return approvers.isEmpty || approvers.contains { $0.lowercased() == person.mail.lowercased() }
    }

    /// Names the policy for a set of checks: verdicts of one policy say nothing under another.
    package func fingerprint(_ required: [String]) -> String {
        (file?.hex ?? "none") + ":" + required.sorted().joined(separator: "\u{1F}")
    }
}

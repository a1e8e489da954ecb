import GitProcess
import PlainRemote
import Settings

extension Workspace {
    /// What keeps a patch from ever landing by itself as things are; `nil` when nothing does, or a forge decides.
    ///
    /// What counts is the target as it was last fetched: the patch's own `.gitpatch` has no say in its landing.
    func landingDoubt(_ options: QueueOptions, target: String, remote: String) async throws -> String? {
        guard options.autoMerge, options.requiredChecks.isEmpty, settings.forgeSite(ofRemote: remote) == nil else {
            return nil
        }
        let path = "refs/remotes/\(remote)/\(target):\(CommittedFile.path)"
        let shown = try await git.readOnly.run(["cat-file", "blob", path])
        let committed = shown.succeeded ? CommittedFile(bytes: shown.output, origin: path) : nil
        // A policy that cannot be read is told about by the worker, with file and line.
        guard let policy = try? settings.with(committed: committed) else { return nil }
        guard policy[AutomergeKeys.requiredCheck].isEmpty, !policy[AutomergeKeys.expectNoChecks] else { return nil }
        return "it will wait: the \(CommittedFile.path) on '\(target)' names no check that must pass"
    }
}

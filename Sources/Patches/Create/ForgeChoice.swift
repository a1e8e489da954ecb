import PlainRemote
import Settings

extension CreatePlan {
    /// Refuses what only a forge can do where the remote is on none.
    func checkForge(_ wishes: ForgeWishes?, _ settings: Settings, remotes: [String]) throws {
        guard let wishes, let option = wishes.firstOption else { return }
        guard let remote else {
            throw PatchProblem(
                .needsForge, "\(option) needs a remote on a forge, and this patch stays here",
                hints: ["leave \(option) out"])
        }
        if let to = wishes.to, !remotes.contains(to) {
            throw PatchProblem(
                .needsForge, "there is no remote '\(to)' to open the patch on",
                hints: ["add it with: git remote add \(to) URL"])
        }
        for name in [remote] + [wishes.to].compactMap({ $0 }) where settings.forgeSite(ofRemote: name) == nil {
            throw PatchProblem(
                .needsForge, "\(option) needs a forge, and '\(name)' is a plain remote",
                hints: [
                    "leave \(option) out; the patch is queued on the remote itself",
                    "when it is a forge, say so once: git config forge.HOST.type github",
                ])
        }
    }
}

extension ForgeWishes {
    /// The option that asked for something only a forge has; `nil` when none did.
    fileprivate var firstOption: String? {
        if to != nil { return "--to" }
        if opensIssue { return "--issue" }
        if closes != nil { return "--closes" }
        if !labels.isEmpty { return "--label" }
        if !reviewers.isEmpty { return "--reviewer" }
        return assignees.isEmpty ? nil : "--assignee"
    }
}

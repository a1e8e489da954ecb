/// Words that are commands elsewhere: of git, of the programs of forges, and of tools for patches.
///
/// Somebody who types one of them alone guesses a command, and does not name a change.
enum ForeignWords {
    /// What such a word is likely to mean here; `nil` for a word that is none of them.
    ///
    /// - Returns: the command to type, empty where there is none.
    static func meaning(of word: String, _ commands: [String]) -> String? {
        if let meaning = meant[word] { return meaning }
        // `list-all`, `undo-all`: a command with something behind it.
        if let dash = word.firstIndex(of: "-"), word.allSatisfy({ $0 == "-" || ("a"..."z").contains($0) }) {
            let command = String(word[..<dash])
            if commands.contains(command) { return "git patch \(command)" }
        }
        return others.contains(word) ? "" : nil
    }

    private static let meant: [String: String] = {
        var meant: [String: String] = [:]
        for (command, words) in [
            (
                "git patch undo",
                "abandon abort back cancel close delete destroy discard drop remove reset revert rm redo"
            ),
            ("git patch update", "push upload publish submit sync"),
            ("git patch update --amend", "amend absorb edit reword"),
            ("git patch resume", "continue retry deliver send"),
            ("git patch list", "ls"),
            ("git patch show", "view diff open browse"),
            ("git patch log", "reflog oplog"),
            ("git patch status", "st"),
            ("git patch snapshot", "stash save shelve"),
            ("git patch restore", "pop apply unstash unshelve"),
            ("git patch cleanup", "clean prune gc"),
            ("git patch \"what changes\"", "commit ci"),
            ("git patch --version", "version"),
            ("git automerge enable", "land merge automerge auto-merge arm queue enable"),
            ("git automerge disable", "disarm disable"),
            ("git automerge approve", "approve accept"),
            ("git automerge run", "run worker"),
            ("git automerge stop", "stop"),
            ("git automerge rollback", "rollback"),
            ("git automerge plan", "plan"),
            ("git validate", "validate"),
            ("git switch BRANCH", "checkout switch co next prev up down top bottom"),
            ("git pull", "pull fetch rebase restack"),
        ] {
            for word in words.split(separator: " ") { meant[String(word)] = command }
        }
        return meant
    }()

    private static let others: Set<String> = Set(
        """
        am annotate archive bisect blame branch bundle cat-file cherry cherry-pick citool clone column describe difftool \
        fast-export filter-branch format-patch fsck grep gui init ls-files ls-remote maintenance mergetool mv notes \
        range-diff remote repack replace request-pull rerere rev-list rev-parse send-email shortlog \
        sparse-checkout squash stage submodule subtree switch tag unstage update-index whatchanged worktree \
        auth evolve export fold install issue join merge-request mr pick pr ready rename reopen \
        repo split start track uninstall upstream workflow
        """.split(separator: " ").map(String.init))
}

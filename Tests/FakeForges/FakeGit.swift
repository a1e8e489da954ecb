import Foundation
import SuiteTestSupport

/// Real git on the bare repositories behind a fake forge.
struct FakeGit: Sendable {
    let directory: String
    let environment: [String: String]

    @discardableResult
    func run(_ arguments: String..., input: String = "") -> (status: Int32, output: String) {
        let variables = environment.merging([
            "GIT_AUTHOR_NAME": "Forge", "GIT_AUTHOR_EMAIL": "forge@example.com", "GIT_COMMITTER_NAME": "Forge",
            "GIT_COMMITTER_EMAIL": "noreply@example.com",
        ]) { $1 }
        do {
            let words = ["git", "--git-dir", directory] + arguments
            let result = try ChildProcess.run("/usr/bin/env", words, environment: variables, input: Array(input.utf8))
            let text = String(decoding: result.output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            return (result.code, text)
        } catch {
            return (127, "\(error)")
        }
    }

    /// The commit of a branch; `nil` when there is none.
    func tip(_ branch: String) -> String? {
        let result = run("rev-parse", "--verify", "--quiet", "refs/heads/\(branch)")
        return result.status == 0 ? result.output : nil
    }

    /// Merges as a forge does; `nil` for a conflict.
    ///
    /// - Parameter wrongBase: makes the squash that once undid other people's work: the head's tree as it is.
    /// - Parameter moves: false: the branch stays, as on a machine that does not know of the merge yet.
    func merge(
        base: String, head: String, method: String, title: String, message: String, wrongBase: Bool, moves: Bool
    ) -> String? {
        guard let tip = tip(base) else { return nil }
        let text = message.isEmpty ? title : title + "\n\n" + message
        var landed: String
        switch method {
        case "rebase":
            landed = tip
            for commit in run("rev-list", "--reverse", "\(tip)..\(head)").output.split(separator: "\n") {
                // The tip so far as a child of where the commit comes from: gits before 2.40 take no merge base.
                let ours = run("commit-tree", landed + "^{tree}", "-p", "\(commit)^", "-m", "ours").output
                let merged = run("merge-tree", "--write-tree", ours, String(commit))
                guard merged.status == 0 else { return nil }
                let subject = run("log", "-1", "--format=%B", String(commit)).output
                landed = run("commit-tree", merged.output, "-p", landed, "-m", subject).output
            }
        default:
            let merged = run("merge-tree", "--write-tree", tip, head)
            guard merged.status == 0 else { return nil }
            let tree = wrongBase ? run("rev-parse", head + "^{tree}").output : merged.output
            landed =
                method == "merge"
                ? run("commit-tree", tree, "-p", tip, "-p", head, "-m", text).output
                : run("commit-tree", tree, "-p", tip, "-m", text).output
        }
        guard !moves || run("update-ref", "refs/heads/\(base)", landed, tip).status == 0 else { return nil }
        return landed
    }
}

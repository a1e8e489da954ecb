import Forge
import GitValues
import PlainRemote

/// The one comment on a pull request that lands by itself: what will happen, when, what for, and how to stop it.
enum SafetyComment {
    /// The text for what is wanted now.
    static func text(
        _ patch: RecordID, _ record: ForgeRecord, method: LandingMethod, delay: TimeSpan, checks: [String],
        approvals: Int, ending: String? = nil
    ) -> String {
        var lines: [String]
        if let ending {
            lines = ["**Auto-merge: \(ending)**"]
        } else if record.isArmed {
            let names = checks.isEmpty ? "every check that reports" : checks.map { "`\($0)`" }.joined(separator: ", ")
            lines = [
                "**Auto-merge is on**", "",
                "This lands by itself, by \(method.rawValue), at commit \(record.head.short) and no other:", "",
                "- not before \(delay) have passed since it was asked for and since the last push",
                "- when \(names) passed at that commit",
                "- with \(approvals) approval\(approvals == 1 ? "" : "s") of that commit by others who may write here",
                "- never as a draft", "",
                "To stop it: `git automerge disable`, close this, or push another commit. To stop everything: "
                    + "`git automerge stop --reason \"…\"`.",
            ]
        } else {
            let reason = record.disarmedBecause.map { ": \($0)" } ?? ""
            lines = ["**Auto-merge is off\(reason)**", "", "`git automerge enable` switches it on again."]
        }
        return Marker(.safety, patch: patch).appended(to: lines.joined(separator: "\n"))
    }
}

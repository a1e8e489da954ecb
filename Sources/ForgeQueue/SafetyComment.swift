import Forge
import GitValues
import PlainRemote

/// The one comment on a pull request that lands by itself: what will happen, when, what for, and how to stop it.
enum SafetyComment {
    /// The text once it is over.
    static func text(_ patch: RecordID, ending: String) -> String {
        Marker(.safety, patch: patch).appended(to: "**Auto-merge: \(ending)**")
    }

    /// The text for what is wanted now.
    static func text(
        _ patch: RecordID, _ record: ForgeRecord, method: LandingMethod, delay: TimeSpan, checks: [String],
        approvals: Int
    ) -> String {
        var lines: [String]
        if record.isArmed {
            let names = checks.isEmpty ? "every check that reports" : checks.map { "`\($0)`" }.joined(separator: ", ")
            lines = [
                "**Auto-merge is on**", "",
                "This lands by itself, by \(method.rawValue), at commit \(record.head.short) and no other:", "",
            ]
            if delay.seconds > 0 {
                lines.append("- not before \(delay) have passed since it was asked for and since the last push")
            }
            lines.append("- when \(names) passed at that commit")
            if approvals > 0 {
                let noun = approvals == 1 ? "approval" : "approvals"
                lines.append("- with \(approvals) \(noun) of that commit by others who may write here")
            }
            lines += [
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

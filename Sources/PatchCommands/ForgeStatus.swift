import Console
import GitValues
import PlainRemote
import Store

/// What the last look at a forge showed of one patch, for people.
enum ForgeStatus {
    /// The lines: URL, checks, reviews, what is awaited.
    static func lines(_ patch: PatchRecord, _ record: ForgeRecord) -> [String] {
        var lines = ["\(patch.id.short) \(record.pull?.url ?? patch.url ?? "")"]
        func add(_ title: String, _ text: String) { if !text.isEmpty { lines.append("  \(title): \(text)") } }
        if let because = record.disarmedBecause, !record.isArmed { add("auto-merge", "off, \(because)") }
        if let seen = record.seen {
            add("checks", words(seen.checks))
            add("reviews", words(seen.reviews))
            add("awaits", seen.awaited.joined(separator: "; "))
            add("seen", "\(seen.at)")
        }
        if record.isAtForge { add("forge", record.reason ?? "it was told to merge by itself") }
        return lines.map { safeForTerminal($0) }
    }

    private static func words(_ states: [String: String]) -> String {
        states.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
}

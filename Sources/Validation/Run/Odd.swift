/// Warnings about what checks did besides their work.
enum Odd {
    static func leftBehind(_ name: String, _ count: Int) -> String {
        "check '\(name)' left \(count == 1 ? "a process" : "\(count) processes") running; ended"
    }

    static func brokenWorktree(_ name: String) -> String {
        "the worktree was destroyed while check '\(name)' ran; it was made anew"
    }

    static func unkept(_ name: String, _ reason: String) -> String {
        "what check '\(name)' made is not kept: \(reason)"
    }

    static func changedFiles(_ name: String, _ paths: [[UInt8]]) -> String {
        let first = paths.prefix(3).map { String(decoding: $0, as: UTF8.self) }.joined(separator: ", ")
        let more = paths.count > 3 ? " and \(paths.count - 3) more" : ""
        return "tracked files changed while check '\(name)' ran: \(first)\(more); they were restored"
    }
}

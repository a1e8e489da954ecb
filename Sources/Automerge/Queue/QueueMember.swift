import GitValues
import PlainRemote

extension QueueMember {
    /// The member that a record stands for.
    init(_ patch: PatchDocument) {
        let parts = [patch.method?.rawValue ?? "", patch.replayFrom?.hex ?? ""] + patch.requiredChecks
        self.init(id: patch.id, head: patch.head, terms: parts.joined(separator: "\u{1F}"))
    }
}

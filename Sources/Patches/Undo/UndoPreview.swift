import Git2
import GitValues
package import Store

/// What `undo` would do.
package struct UndoPreview: Sendable {
    /// The operation that would be taken back.
    package var undone: OperationRecord
    /// What would be moved, one line each: references first, then files.
    package var effects: [String]
}

extension Session {
    /// Finds what `undo` would do; nothing is written.
    ///
    /// - Throws: the refusals of `undo` that its references and patches lead to; work in the index and in files is looked at
    ///   by the real one only.
    package func previewUndo(_ wish: String?) async throws -> UndoPreview {
        let (record, done) = try operationToUndo(wish)
        _ = try await reversedPatches(done, of: record.id)
        var effects: [String] = []
        for step in try await reversed(done, of: record, as: .make()) where !step.name.text.hasPrefix("refs/gitpatch/")
        {
            let name = step.name.branch.map { "branch '\($0)'" } ?? "'\(step.name)'"
            switch step.new {
            case .absent: effects.append("delete \(name)")
            case .object(let id):
                effects.append(
                    "\(step.old == .absent ? "make" : "move") \(name) \(step.old == .absent ? "at" : "to") \(id.short)")
            case .symbolic(let target): effects.append("switch \(step.name) to '\(target.branch ?? target.text)'")
            }
        }
        if done.index != nil { effects.append("put the index back") }
        effects += done.files.map { "put back '\(String(decoding: $0.path, as: UTF8.self))'" }
        effects += try store.requests(ofOperation: record.id).filter { $0.state == .done }.map {
            "withdraw: \($0.kind.phrase(remote: $0.remote))"
        }
        return UndoPreview(undone: record, effects: effects)
    }
}

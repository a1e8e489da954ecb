import GitValues
import Store

extension Worker {
    /// Writes into the journal what this clone asks of a remote or did there: `git patch log` shows it, and its opposite,
    /// not `undo`, takes it back.
    func note(_ command: String, _ summary: String) throws(StoreError) {
        try store.record(
            "automerge \(command)", summary, as: .make(), gitDirectory: location.gitDirectory
        ) { () throws(StoreError) in }
    }
}

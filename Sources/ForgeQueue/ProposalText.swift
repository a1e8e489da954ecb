import Forge
import GitProcess
import GitValues
import PlainRemote
import Store

/// What a pull request is for and what it says.
extension ForgeWork {
    /// The branch the pull request is for: the one below, while that has not landed.
    func baseBranch(
        of patch: PatchRecord, _ record: ForgeRecord, in store: borrowing Store
    ) throws -> String {
        guard let id = patch.stackedOn, let below = try store.patch(id), below.state != .landed, below.state != .closed,
            record.remote == patch.remote, try ForgeRecord.look(id, in: store).record?.pull != nil
        else { return patch.target }
        return below.branch
    }

    /// The text of a new pull request: what was asked for, else the repository's template, else the commit's text.
    func bodyText(
        _ wishes: ForgeWishes?, _ patch: PatchRecord, _ record: ForgeRecord, _ document: PatchDocument, _ marker: Marker
    ) async throws -> String {
        let objects = plain(record.remote).objects
        var text = wishes?.body ?? ""
        if wishes?.body == nil {
            if let template = try await PullTemplate.find(in: patch.base ?? document.head, git: git) {
                text = template
            } else {
                let message = try await objects.commit(document.head).message
                text =
                    message.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).dropFirst()
                    .joined().trimmingNewlines
            }
        }
        let closes = wishes?.closes ?? record.issue?.number
        if let closes { text += (text.isEmpty ? "" : "\n\n") + "Closes #\(closes)" }
        return marker.appended(to: text)
    }
}

extension String {
    /// Without line feeds around it.
    var trimmingNewlines: String {
        var slice = self[...]
        while slice.first?.isNewline == true { slice.removeFirst() }
        while slice.last?.isNewline == true { slice.removeLast() }
        return String(slice)
    }
}

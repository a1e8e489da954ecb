import Forge
import PlainRemote

extension ForgeRecord {
    /// The pull request as adapters take it.
    var pullReference: PullReference? { pull?.reference }
}

extension ForgeRecord.Pull {
    init(_ reference: PullReference) {
        self.init(id: reference.id, number: reference.number, url: reference.url)
    }

    var reference: PullReference { PullReference(id: id, number: number, url: url) }
}

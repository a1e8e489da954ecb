import GitProcess
import GitValues
import PlainRemote
import Store

/// Where what is fetched from forges is kept from being collected: `refs/gitpatch/forge/<remote>/…`, one level deep, since
/// a branch `fix` of today and a branch `fix/a` of tomorrow must not be in each other's way.
enum FetchedReferences {
    private static let prefix = "refs/gitpatch/forge/"

    /// That of a target.
    static func target(_ branch: String, of remote: String) -> ReferenceName? {
        ReferenceName("\(prefix)\(flat(remote))/target-\(flat(branch))")
    }

    /// That of the head of a patch.
    static func head(of patch: RecordID, on remote: String) -> ReferenceName? {
        ReferenceName("\(prefix)\(flat(remote))/head-\(patch)")
    }

    /// A name as one part of another.
    private static func flat(_ name: String) -> String { name.replacing("%", with: "%25").replacing("/", with: "%2F") }

    /// Removes what no open patch needs.
    static func prune(git: GitProgram, in store: borrowing Store) async throws {
        let listing = try await git.run(["for-each-ref", "--format=%(refname)", prefix])
        guard listing.succeeded, !listing.lines.isEmpty else { return }
        var needed: Set<String> = []
        for patch in try store.patches() where patch.state != .landed && patch.state != .closed {
            let (known, problem) = try StoredRecord.look(patch.id, in: store)
            // What it needs is not known, so all stays.
            if problem != nil { return }
            guard let own = patch.remote, let record = known else { continue }
            let names = [target(patch.target, of: record.remote), head(of: patch.id, on: own)]
            needed.formUnion(names.compactMap { $0?.text })
        }
        let gone = listing.lines.filter { !needed.contains($0) }
        guard !gone.isEmpty else { return }
        // One that somebody locks at this moment stays until the next pass.
        _ = try await git.run(
            ["update-ref", "--no-deref", "--stdin"], input: Array(gone.map { "delete \($0)\n" }.joined().utf8))
    }
}

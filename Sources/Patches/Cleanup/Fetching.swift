import GitProcess
import GitValues
import PlainRemote
import Store

extension Session {
    /// Brings the targets of open patches up to date from their remotes, so that what landed there is known here.
    ///
    /// A remote that cannot be reached is said so and costs nothing else: what is known already still counts.
    package func refreshTargets() async throws {
        unlock()
        let remotes = Set(try store.patches().filter { $0.state != .closed }.compactMap(\.remote))
        for remote in remotes.sorted() {
            do {
                let connection = RemoteConnection(name: remote, git: workspace.git)
                let objects = RepositoryObjects(location: workspace.location, git: workspace.git)
                let state = try await PlainRemote(connection: connection, objects: objects).read(withCommits: false)
                try Delivery.follow(state.patches.values.map(\.document).sorted { $0.id.text < $1.id.text }, in: store)
            } catch let problem as RemoteProblem {
                workspace.say(.warning("\(problem); what is known here counts"))
                continue
            }
            let fetch = try await workspace.git.run(["fetch", "-q", "--no-write-fetch-head", remote])
            if !fetch.succeeded { workspace.say(.warning("cannot fetch from '\(remote)': \(fetch.firstErrorLine)")) }
        }
    }
}

import GitValues

extension Session {
    /// The worktrees whose HEAD is on a branch: their tops, as far as they are known, this one included.
    func worktrees(on branch: ReferenceName) throws -> [String] {
        let common = DiskPath(workspace.location.commonDirectory)
        let linked = Disk.names(in: common.appending("worktrees")).map { common.appending("worktrees").appending($0) }
        return try ([common] + linked).compactMap { directory in
            guard let bytes = try Disk.read(directory.appending("HEAD")),
                String(decoding: bytes, as: UTF8.self).split(separator: "\n").first == "ref: \(branch)"[...]
            else { return nil }
            guard directory != common else { return common.parent.text }
            let pointer = try Disk.read(directory.appending("gitdir")).map { String(decoding: $0, as: UTF8.self) }
            return pointer?.split(separator: "\n").first.map { DiskPath(String($0)).parent.text } ?? directory.text
        }
    }

    /// Refuses to take a branch away under somebody's feet.
    func requireNotCheckedOut(_ branch: ReferenceName) async throws {
        guard let place = try worktrees(on: branch).first else { return }
        throw PatchProblem(
            .wouldLoseWork, "branch '\(branch.branch ?? branch.text)' is checked out in '\(place)'",
            hints: ["git -C '\(place)' switch --detach"])
    }
}

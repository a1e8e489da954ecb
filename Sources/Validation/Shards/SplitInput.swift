package import GitProcess

extension ShardChoice {
    /// The part that the environment names; the whole where it names none.
    ///
    /// - Throws: `SplitProblem.noSuchPart` for half a part, and for one that does not exist.
    package static func ofEnvironment(_ variables: [String: String]) throws(SplitProblem) -> ShardChoice {
        let (number, count) = (variables["GITPATCH_SHARD"] ?? "", variables["GITPATCH_SHARDS"] ?? "")
        let isWhole = number.isEmpty && count.isEmpty
        guard let choice = isWhole ? ShardChoice("1/1") : ShardChoice(number: number, count: count) else {
            throw .noSuchPart("\(number)/\(count)")
        }
        return choice
    }
}

extension RecordedTimes {
    /// Larger files are something else.
    private static let limit: Int64 = 256 << 20

    /// Adds what a file says.
    ///
    /// - Parameter tree: the tree that is checked, if one is. The file must then be as it is there: a part that is run
    ///   again later than the others, with other times, would be given other names.
    package mutating func add(_ path: String, tree: String?, _ git: GitProgram) async throws {
        guard Files.size(path) <= RecordedTimes.limit, let bytes = Files.read(path) else {
            throw SplitProblem.unreadable(path)
        }
        if let tree {
            // The name from the top, whatever the path is relative to.
            let names = try await git.readOnly.plainPathspecs
                .run(["--literal-pathspecs", "ls-files", "--full-name", "-z", "--", path])
            let name = String(decoding: names.output.prefix { $0 != 0 }, as: UTF8.self)
            let committed = try await git.readOnly.run(["rev-parse", "--verify", "--quiet", "\(tree):\(name)"])
            let now = try await git.readOnly.run(["hash-object", "--", path])
            guard !name.isEmpty, committed.succeeded, now.succeeded, committed.text == now.text else {
                throw SplitProblem.notOfTree(path)
            }
        }
        try add(bytes, path: path)
    }
}

/// A file or link whose content must be looked at.
struct ContentItem: Sendable {
    /// Where the content is.
    enum Source: Sendable {
        /// A regular file of the worktree, and how it changes on the way into the repository.
        case file(Conversion)
        /// A symbolic link of the worktree.
        case link
        /// A file of the worktree whose blob is in the repository: it is only searched for secrets.
        case knownFile
        /// A blob of the repository, which is only searched for secrets.
        case blob(Digest)
    }

    /// Relative to the top of the worktree.
    let path: [UInt8]
    /// Its entry in the index; `nil` when it has none.
    let entry: Int?
    let source: Source
    /// Whether the index already holds news for HEAD here, so that content equal to the entry's is searched as well.
    let isStaged: Bool

    /// Whether nothing but secrets is of interest.
    var isOnlySearched: Bool {
        switch source {
        case .file, .link: false
        case .knownFile, .blob: true
        }
    }

    /// How the content changes on the way into the repository.
    var conversion: Conversion {
        if case .file(let conversion) = source { return conversion }
        return .none
    }
}

/// What the content of an item is.
struct ContentResult: Sendable {
    /// The item's number.
    let item: Int
    /// Its blob.
    let digest: Digest
    /// What the file was when it was read; `nil` for a blob.
    let status: FileStatus?
    /// The size of the blob.
    let size: Int64
    /// What kind of secret it seems to hold.
    let finding: String?
}

/// What a content pass ends with.
struct ContentOutcome: Sendable {
    /// Sorted by item.
    var results: [ContentResult] = []
    /// Files that changed or vanished meanwhile.
    var moved: [[UInt8]] = []
    /// Files that may not be read.
    var unreadable: [[UInt8]] = []
}

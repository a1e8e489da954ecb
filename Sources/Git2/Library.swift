import CGit2
import CLazyGit2

/// libgit2 as a process-wide thing: started once, at the first open, and never shut down.
///
/// Every process-global setting is made here and nowhere else.
enum Library {
    /// What starting gave; computed once.
    private static let started: Result<Void, GitError> = Result { () throws(GitError) in
        if let words = gitpatch_load_libgit2() {
            throw GitError(.unsupported, "loading libgit2", String(cString: words))
        }
        guard git_libgit2_init() > 0 else { throw GitError.latest("starting libgit2", status: -1) }
        // Objects and refs must be on disk before the journal says that they are.
        try check("switching on fsync", gitpatch_enable_fsync_gitdir(1))
        // `OwnerCheck` asks what git asks; the check of libgit2 1.5 knows less and crashes on `[safe] directory`.
        try check("choosing the owner check", gitpatch_set_owner_validation(0))
        try check("ordering the object backends", gitpatch_set_odb_priorities(3, 1))
        try allowExtensions()
    }

    /// Starts libgit2 unless it runs.
    static func start() throws(GitError) { try started.get() }

    /// Extensions that change nothing about objects and refs, or whose value is looked at in `Repository.open`.
    ///
    /// libgit2 1.5 refuses them all, and `git sparse-checkout` or `git worktree` write the first two by themselves.
    private static let extensions = [
        "worktreeconfig", "relativeworktrees", "preciousobjects", "partialclone", "objectformat", "refstorage",
        "compatobjectformat",
    ]

    private static func allowExtensions() throws(GitError) {
        let names = extensions.map { Array($0.utf8CString) }
        let joined = names.flatMap { $0 }
        let status = joined.withUnsafeBufferPointer { text in
            var pointers: [UnsafePointer<CChar>?] = []
            var offset = 0
            for name in names {
                pointers.append(text.baseAddress.map { $0 + offset })
                offset += name.count
            }
            // libgit2 copies the names.
            return gitpatch_set_extensions(&pointers, pointers.count)
        }
        try check("naming the known extensions", status)
    }
}

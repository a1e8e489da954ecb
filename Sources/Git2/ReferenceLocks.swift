import CGit2
import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Lock files on some refs, held until this value ends; what was not committed by then has not happened.
///
/// One transaction of libgit2 per ref, because a shared one commits in the order of a hash table.
struct ReferenceLocks: ~Copyable {
    private var transactions: [OpaquePointer] = []

    deinit {
        for transaction in transactions { git_transaction_free(transaction) }
    }

    /// Locks one more ref; waits as long as git does (a tenth of a second) for somebody else's lock.
    mutating func lock(_ name: ReferenceName, in repository: OpaquePointer) throws(GitError) {
        let operation = "locking '\(name)'"
        var made: OpaquePointer?
        try check(operation, git_transaction_new(&made, repository))
        guard let made else { throw GitError(.failed, operation, "libgit2 returned nothing") }
        transactions.append(made)
        try withText(name.text, operation) { (text) throws(GitError) in
            var status = git_transaction_lock_ref(made, text)
            for pause in [1, 4, 9, 16, 30, 40] where status == GIT_ELOCKED.rawValue {
                usleep(UInt32(pause) * 1000)
                status = git_transaction_lock_ref(made, text)
            }
            try check(operation, status)
        }
    }

    /// Writes the new value of the ref locked as the `index`th and lets go of its lock.
    func commit(
        _ index: Int, _ move: ReferenceMove, message: String, by author: borrowing Signature
    ) throws(GitError) {
        let operation = "moving '\(move.name)'"
        let transaction = transactions[index]
        let author = author.pointer
        try withText(move.name.text, operation) { (name) throws(GitError) in
            try withText(message, operation) { (message) throws(GitError) in
                switch move.new {
                case .object(let id):
                    var oid = try id.raw()
                    try check(operation, git_transaction_set_target(transaction, name, &oid, author, message))
                case .symbolic(let target):
                    try withText(target.text, operation) { (target) throws(GitError) in
                        try check(
                            operation, git_transaction_set_symbolic_target(transaction, name, target, author, message))
                    }
                case .deleted:
                    try check(operation, git_transaction_remove(transaction, name))
                }
            }
        }
        try check(operation, git_transaction_commit(transaction))
    }
}

import CGit2
import GitValues

/// libgit2's form of an identity; freed when this value ends.
struct Signature: ~Copyable {
    let pointer: UnsafeMutablePointer<git_signature>

    /// Copies an identity.
    init(_ identity: Identity) throws(GitError) {
        let operation = "writing the identity '\(identity.name)'"
        var made: UnsafeMutablePointer<git_signature>?
        let status = try withText(identity.name, operation) { (name) throws(GitError) in
            try withText(identity.mail, operation) { (mail) throws(GitError) in
                git_signature_new(&made, name, mail, identity.seconds, Int32(clamping: identity.offsetMinutes))
            }
        }
        try check(operation, status)
        guard let made else { throw GitError(.failed, operation, "libgit2 returned nothing") }
        pointer = made
    }

    deinit { git_signature_free(pointer) }
}

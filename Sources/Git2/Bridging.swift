import CGit2
import GitValues

extension ObjectID {
    /// libgit2's form of the id; throws for ids of SHA-256 repositories, which no release of libgit2 can read.
    func raw() throws(GitError) -> git_oid {
        guard bytes.count == 20 else {
            throw GitError(
                .unsupported, "reading object \(short)", "libgit2 knows only SHA-1 ids", subject: "objectformat")
        }
        var oid = git_oid()
        gitpatch_oid_set(&oid, bytes)
        return oid
    }

    /// Copies an id; `nil` for the zero id.
    init?(_ oid: git_oid) {
        var oid = oid
        self.init(bytes: Array(UnsafeBufferPointer(start: gitpatch_oid_bytes(&oid), count: 20)))
    }

    /// Copies an id that libgit2 promises to be there.
    init(copying oid: UnsafePointer<git_oid>?, _ operation: @autoclosure () -> String) throws(GitError) {
        guard let oid, let id = ObjectID(oid.pointee) else {
            throw GitError(.corrupt, operation(), "an object id is missing")
        }
        self = id
    }
}

/// Calls a body with text as C wants it; text holding a NUL would be cut silently, so it is refused.
func withText<Result: ~Copyable>(
    _ text: String, _ operation: @autoclosure () -> String, _ body: (UnsafePointer<CChar>) throws(GitError) -> Result
) throws(GitError) -> Result {
    try withText(Array(text.utf8), operation(), body)
}

/// Calls a body with bytes as C wants them.
func withText<Result: ~Copyable>(
    _ text: [UInt8], _ operation: @autoclosure () -> String, _ body: (UnsafePointer<CChar>) throws(GitError) -> Result
) throws(GitError) -> Result {
    guard !text.contains(0) else { throw GitError(.invalid, operation(), "it holds a NUL character") }
    let characters = text.map { CChar(bitPattern: $0) } + [0]
    // The standard library's scoped access returns copyable values only, so the result leaves through a variable.
    var result: Result?
    try characters.withUnsafeBufferPointer { (buffer) throws(GitError) in
        if let start = buffer.baseAddress { result = try body(start) }
    }
    guard let result else { throw GitError(.failed, operation(), "nothing was returned") }
    return result
}

/// Copies a C string's bytes; empty for none.
func bytes(_ text: UnsafePointer<CChar>?) -> [UInt8] {
    guard let text else { return [] }
    return UnsafeBufferPointer(start: text, count: strlen(text)).map { UInt8(bitPattern: $0) }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

import CGit2

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Throws what libgit2 says about a negative status; the text is read at once, on the thread that failed.
func check(_ operation: @autoclosure () -> String, _ status: Int32) throws(GitError) {
    guard status < 0 else { return }
    throw GitError.latest(operation(), status: status)
}

/// Calls libgit2 for a new handle and takes ownership of it.
func make<Kind: HandleKind>(
    _ operation: @autoclosure () -> String, _ body: (UnsafeMutablePointer<OpaquePointer?>) -> Int32
) throws(GitError) -> Handle<Kind> {
    var pointer: OpaquePointer?
    try check(operation(), body(&pointer))
    guard let pointer else { throw GitError(.failed, operation(), "libgit2 returned nothing") }
    return Handle(owning: pointer)
}

/// As `make`, with `nil` for "there is no such thing".
func find<Kind: HandleKind>(
    _ operation: @autoclosure () -> String, _ body: (UnsafeMutablePointer<OpaquePointer?>) -> Int32
) throws(GitError) -> Handle<Kind>? {
    var pointer: OpaquePointer?
    let status = body(&pointer)
    if status == GIT_ENOTFOUND.rawValue {
        git_error_clear()
        return nil
    }
    try check(operation(), status)
    guard let pointer else { throw GitError(.failed, operation(), "libgit2 returned nothing") }
    return Handle(owning: pointer)
}

extension GitError {
    /// The error of the call that just returned; libgit2's text is taken and cleared.
    static func latest(_ operation: String, status: Int32) -> GitError {
        let number = errno
        let detail = git_error_last()
        // The 1.5 headers allow a missing error object, newer ones promise one.
        let text = detail?.pointee.message.map { String(cString: $0) } ?? "libgit2 error \(status)"
        let area = detail.map { Int32($0.pointee.klass) } ?? 0
        git_error_clear()
        var error = GitError(code(status: status, area: area, number: number), operation, text)
        // Cleaning up after a failed write changes errno; the words that libgit2 took before are all that is left of it.
        if error.code == .failed || error.code == .corrupt, let code = spaceCode(in: text) { error.code = code }
        error.status = status
        return error
    }

    private static func spaceCode(in text: String) -> Code? {
        [ENOSPC, EDQUOT, EROFS, EACCES].first { text.hasSuffix(String(cString: strerror($0))) }.flatMap {
            code(ofSystemError: $0)
        }
    }

    private static func code(status: Int32, area: Int32, number: Int32) -> Code {
        switch git_error_code(status) {
        case GIT_ENOTFOUND: return .notFound
        case GIT_EEXISTS: return .exists
        case GIT_EAMBIGUOUS: return .ambiguous
        case GIT_ELOCKED: return .locked
        case GIT_EMODIFIED: return .modified
        case GIT_EOWNER: return .owner
        case GIT_EINVALIDSPEC, GIT_EINVALID: return .invalid
        case GIT_EMISMATCH: return .corrupt
        case GIT_EDIRECTORY: return .nameConflict
        default: break
        }
        if area == GIT_ERROR_OS.rawValue, let code = GitError.code(ofSystemError: number) { return code }
        switch git_error_t(UInt32(bitPattern: area)) {
        case GIT_ERROR_ODB, GIT_ERROR_ZLIB, GIT_ERROR_OBJECT, GIT_ERROR_TREE, GIT_ERROR_TAG: return .corrupt
        default: return .failed
        }
    }
}

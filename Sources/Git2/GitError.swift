import GitValues

/// Why something asked of a repository did not happen.
package struct GitError: ProblemReport, Equatable {
    /// What went wrong, for callers to switch on.
    package enum Code: String, Sendable {
        /// The object, ref or path does not exist.
        case notFound = "not-found"
        /// A ref that was to be made is there already.
        case exists = "reference-exists"
        /// A ref has another value than the caller saw.
        case modified = "reference-moved"
        /// Somebody holds the lock file named by `path`.
        case locked = "reference-locked"
        /// Another ref's name is a folder of this one's, or the other way round.
        case nameConflict = "reference-name-conflict"
        /// The repository uses a format or extension that libgit2 cannot read; `subject` names it.
        case unsupported = "unsupported-repository"
        /// The repository belongs to somebody else and is not in `safe.directory`.
        case owner = "unsafe-owner"
        /// There is no repository at the path.
        case notARepository = "not-a-repository"
        /// An abbreviation that fits several objects.
        case ambiguous = "ambiguous-revision"
        /// A name, path or object that git would not accept.
        case invalid = "invalid-value"
        /// An object or ref that is there and cannot be read.
        case corrupt = "corrupt-repository"
        /// Two histories without a common commit.
        case unrelated = "unrelated-histories"
        /// The git directory cannot be written.
        case notWritable = "git-dir-not-writable"
        /// No space is left.
        case diskFull = "disk-full"
        /// Anything else; `status` and `message` are the evidence.
        case failed = "git-failed"
    }

    package var code: Code
    /// The step that failed, a lower-case fragment.
    package var operation: String
    /// The reason in words: ours, or libgit2's.
    package var message: String
    /// The ref, extension or revision the error is about.
    package var subject: String?
    /// The file the error is about: a lock.
    package var path: String?
    /// What libgit2 returned; 0 when it was not asked.
    package var status: Int32

    /// Creates an error that libgit2 had no part in.
    package init(_ code: Code, _ operation: String, _ message: String, subject: String? = nil, path: String? = nil) {
        self.code = code
        self.operation = operation
        self.message = message
        self.subject = subject
        self.path = path
        self.status = 0
    }

    package var problemCode: String { code.rawValue }

    package var description: String { "\(operation): \(message)" }

    package var exitStatus: Int32 {
        switch code {
        case .modified, .locked: 75
        case .unsupported, .owner, .notARepository, .notWritable, .diskFull: 69
        case .notFound, .exists, .nameConflict, .ambiguous, .invalid, .unrelated: 1
        case .corrupt, .failed: 70
        }
    }

    package var hints: [String] {
        switch code {
        case .modified: ["something else moved it meanwhile; run the command again"]
        case .locked:
            ["another git process is at work; if none is, remove \(path.map { "'\($0)'" } ?? "the lock file")"]
        case .nameConflict: ["choose another name with --branch"]
        case .owner: ["type 'git status' to see git's advice about safe.directory"]
        case .notWritable: ["the git directory must be writable; look at its owner and permissions"]
        case .diskFull: ["free some disk space and run the command again"]
        case .corrupt: ["type 'git fsck' to see what is damaged"]
        case .notFound, .exists, .unsupported, .notARepository, .ambiguous, .invalid, .unrelated, .failed: []
        }
    }
}

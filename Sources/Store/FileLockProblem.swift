import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A lock file that cannot be made or locked, for another reason than that somebody holds it: waiting would not help.
package struct FileLockProblem: ProblemReport, Equatable {
    /// The path of the file.
    package let path: String
    /// The system's error number.
    package let number: Int32

    /// Creates a problem.
    package init(path: String, number: Int32) {
        self.path = path
        self.number = number
    }

    private var isFull: Bool { [ENOSPC, EDQUOT].contains(number) }

    package var problemCode: String {
        isFull ? "disk-full" : [EACCES, EPERM, EROFS].contains(number) ? "not-writable" : "file-error"
    }

    package var exitStatus: Int32 { [ENOSPC, EDQUOT, EACCES, EPERM, EROFS].contains(number) ? 69 : 70 }

    package var description: String { "cannot lock '\(path)': \(String(cString: strerror(number)))" }

    package var hints: [String] {
        switch number {
        case ENOSPC, EDQUOT: ["free some disk space and run the command again"]
        case EACCES, EPERM, EROFS: ["look at the owner and the permissions of that path"]
        default: []
        }
    }
}

import GitValues

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file operation the system refused.
package struct DiskProblem: ProblemReport, Equatable {
    /// What was tried, a lower-case fragment: `cannot create`.
    package let operation: String
    /// The path it was tried on.
    package let path: String
    /// The system's error number.
    package let number: Int32

    init(_ operation: String, _ path: DiskPath, _ number: Int32) {
        self.operation = operation
        self.path = path.text
        self.number = number
    }

    package var problemCode: String {
        switch number {
        case ENOSPC, EDQUOT: "disk-full"
        case EACCES, EPERM, EROFS: "not-writable"
        default: "file-error"
        }
    }

    package var exitStatus: Int32 {
        switch number {
        case ENOSPC, EDQUOT, EACCES, EPERM, EROFS: 69
        default: 70
        }
    }

    package var hints: [String] {
        switch number {
        case ENOSPC, EDQUOT: ["free some disk space and run the command again"]
        case EACCES, EPERM, EROFS: ["look at the owner and the permissions of that path"]
        default: []
        }
    }

    package var description: String { "\(operation) '\(path)': \(String(cString: strerror(number)))" }
}

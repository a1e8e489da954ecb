import GitValues

/// Why the store could not be used.
package struct StoreError: ProblemReport, Equatable {
    /// What went wrong.
    package enum Code: String, Sendable {
        case cannotOpen = "store-unavailable"
        case readOnly = "store-read-only"
        case busy = "store-busy"
        case newer = "store-newer"
        case damaged = "store-damaged"
        case full = "disk-full"
        case failed = "store-failed"
    }

    package let code: Code
    /// The step that failed, a lower-case fragment.
    package let operation: String
    /// SQLite's words.
    package let message: String

    /// Creates an error.
    package init(code: Code, operation: String, message: String) {
        self.code = code
        self.operation = operation
        self.message = message
    }

    package var problemCode: String { code.rawValue }

    package var exitStatus: Int32 {
        switch code {
        case .busy: 75
        case .cannotOpen, .readOnly, .full, .newer: 69
        case .damaged, .failed: 70
        }
    }

    package var hints: [String] {
        switch code {
        case .busy: ["another command of this repository holds the store; try again in a moment"]
        case .newer: ["a newer git-patch wrote this store; install that version again"]
        case .damaged: ["type 'git patch status': it keeps the store aside and rebuilds it from references"]
        case .readOnly: ["the git directory must be writable; look at its owner and permissions"]
        case .full: ["free some disk space and run the command again"]
        case .cannotOpen: ["look whether the disk is full and the git directory may be written to, then try again"]
        case .failed: []
        }
    }

    package var description: String { "\(operation): \(message)" }
}

extension StoreError {
    /// A row that holds what no version of ours writes.
    static func unreadable(_ operation: String) -> StoreError {
        StoreError(code: .damaged, operation: operation, message: "a row in it makes no sense")
    }
}

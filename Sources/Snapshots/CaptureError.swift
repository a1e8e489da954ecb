import GitProcess
import GitValues

/// A capture that cannot be done because the machine, not the working tree, says no. Nothing has changed.
package struct CaptureError: ProblemReport, Equatable {
    /// What went wrong.
    package enum Code: String, Sendable {
        case diskFull = "disk-full"
        case notWritable = "not-writable"
        case inputOutput = "input-output"
        case damagedIndex = "damaged-index"
        case gitFailed = "git-failed"
    }

    package let code: Code
    /// The step and its object: `write objects to '…'`.
    package let operation: String
    /// The system's or git's words.
    package let message: String

    /// What a git child said when it failed; one that ran out of room says so at the end of its line.
    init(git words: String, during operation: String) {
        self.init(code: tellsOfFullDisk(words) ? .diskFull : .gitFailed, operation: operation, message: words)
    }

    init(code: Code, operation: String, message: String) {
        self.code = code
        self.operation = operation
        self.message = message
    }

    package var problemCode: String { code.rawValue }

    package var exitStatus: Int32 {
        switch code {
        case .diskFull, .notWritable: 69
        case .inputOutput, .damagedIndex, .gitFailed: 70
        }
    }

    package var description: String { "cannot \(operation): \(namingFullDisk(message))" }

    package var hints: [String] {
        switch code {
        case .diskFull: ["make room on the disk of the git directory and try again"]
        case .notWritable: ["check who owns the git directory and whether its disk is mounted read-only"]
        case .damagedIndex: ["type 'git status' to see what git makes of the index"]
        case .inputOutput, .gitFailed: []
        }
    }
}

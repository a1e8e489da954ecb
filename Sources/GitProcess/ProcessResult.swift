import GitValues

/// How a child process ended and what it wrote. A non-zero exit is a result, not an error.
package struct ProcessResult: Sendable {
    /// How the process ended.
    package enum Ending: Hashable, Sendable {
        case exited(Int32)
        case signaled(Int32)
    }

    package var ending: Ending
    package var output: [UInt8]
    package var errorOutput: [UInt8]

    /// Creates a result.
    package init(ending: Ending, output: [UInt8] = [], errorOutput: [UInt8] = []) {
        self.ending = ending
        self.output = output
        self.errorOutput = errorOutput
    }

    /// Whether the process exited with status 0.
    package var succeeded: Bool { ending == .exited(0) }

    /// The exit code a shell would show: the status, or 128 plus the signal.
    package var exitCode: Int32 {
        switch ending {
        case .exited(let code): code
        case .signaled(let number): 128 + number
        }
    }

    /// Standard output decoded as UTF-8 with replacement, without trailing line feeds.
    package var text: String { ProcessResult.trimmed(output) }

    /// Standard error decoded as UTF-8 with replacement, without trailing line feeds.
    package var errorText: String { ProcessResult.trimmed(errorOutput) }

    /// Standard output as lines, without their ends; empty ones are left out.
    package var lines: [String] {
        output.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func trimmed(_ bytes: [UInt8]) -> String {
        var slice = bytes[...]
        while slice.last == UInt8(ascii: "\n") || slice.last == UInt8(ascii: "\r") { slice.removeLast() }
        return String(decoding: slice, as: UTF8.self)
    }
}

/// A child that could not be started, or that had to succeed and did not.
package struct GitProcessError: ProblemReport, Equatable {
    /// What went wrong.
    package enum Code: String, Sendable {
        case notStarted = "program-missing"
        case failed = "program-failed"
        case outputTooLarge = "output-too-large"
        case noDirectory = "folder-missing"
        case badArgument = "bad-argument"
    }

    package let code: Code
    /// What was run, without anything secret: the program and its verb.
    package let operation: String
    /// The child's own words, or the system's.
    package let message: String
    /// The child's exit code, where it ran.
    package let exitCode: Int32?

    /// Creates an error.
    package init(code: Code, operation: String, message: String, exitCode: Int32? = nil) {
        self.code = code
        self.operation = operation
        self.message = message
        self.exitCode = exitCode
    }

    package var problemCode: String { code.rawValue }

    package var exitStatus: Int32 {
        switch code {
        case .notStarted, .noDirectory: 69
        case .failed: isForWantOfSpace ? 69 : 70
        case .outputTooLarge, .badArgument: 70
        }
    }

    /// Whether the child said that the disk is full; children are run with messages in English.
    private var isForWantOfSpace: Bool { tellsOfFullDisk(message) }

    package var hints: [String] {
        let isGit = operation == "git" || operation.hasPrefix("git ")
        if isForWantOfSpace { return ["free some disk space and run the command again"] }
        // 129 is how git ends when it does not know an option.
        if isGit, exitCode == 129 { return ["install git 2.36 or newer: this one is too old"] }
        return code == .notStarted && isGit ? ["install git 2.36 or newer and make sure it is on PATH"] : []
    }

    package var description: String {
        switch code {
        case .notStarted, .noDirectory, .badArgument: "cannot run \(operation): \(message)"
        case .failed: "\(operation) failed\(exitCode.map { " (exit \($0))" } ?? ""): \(namingFullDisk(message))"
        case .outputTooLarge: "\(operation) wrote more than it may: \(message)"
        }
    }
}

/// Whether words of a git child say that the disk is full: the system's, or git's own for files with a checksum.
package func tellsOfFullDisk(_ words: String) -> Bool {
    // Git has the last two with a small and with a capital letter.
    let endings = [
        "no space left on device", "out of diskspace", "unable to write new index file",
        "could not write new index file.",
    ]
    return endings.contains { words.lowercased().hasSuffix($0) }
}

/// Words of a git child, with the reason in front where only those who know git's sources see it in them.
package func namingFullDisk(_ words: String) -> String {
    tellsOfFullDisk(words) && !words.hasSuffix("No space left on device") ? "the disk is full (\(words))" : words
}

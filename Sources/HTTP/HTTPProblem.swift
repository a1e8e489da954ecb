import GitValues

/// Why there is no answer.
package struct HTTPProblem: ProblemReport, Equatable {
    package enum Code: String, Sendable {
        /// The address is none that is spoken to.
        case badAddress = "bad-address"
        /// There is no libcurl.
        case noLibrary = "no-http-library"
        /// The server, or the way to it, could not be reached; nothing was sent.
        case unreachable
        /// Whether the request arrived is not known.
        case lost = "answer-lost"
        /// The answer is larger than the caller takes.
        case tooLarge = "answer-too-large"
        /// The server leads elsewhere than a request like this may go.
        case redirected
    }

    package let code: Code
    package let message: String

    /// Creates a problem.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether the request may have had its effect.
    package var mayHaveArrived: Bool { code == .lost || code == .tooLarge }

    package var problemCode: String { code.rawValue }
    package var description: String { message }

    package var hints: [String] {
        switch code {
        case .badAddress: ["type 'git patch config' to see where it is set"]
        case .noLibrary: ["install libcurl: apt-get install libcurl4, or brew install curl"]
        case .unreachable, .lost, .tooLarge, .redirected: []
        }
    }

    package var exitStatus: Int32 {
        switch code {
        case .badAddress: 78
        case .noLibrary, .unreachable: 69
        case .lost, .tooLarge, .redirected: 75
        }
    }
}

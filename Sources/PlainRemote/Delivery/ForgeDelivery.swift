import GitProcess
package import GitValues
import Settings
package import Store
import SystemPackage

/// What delivers the requests that go to a forge's interface; branches are pushed by git in every case.
package protocol ForgeDelivery {
    /// Delivers one request; the store's record of the patch follows.
    func deliver(_ request: RequestRecord, in store: borrowing Store) async throws -> ForgeAnswerToRequest
    /// Opens a pull request, or moves it, by a push of its commits beside the branches, where the server takes none.
    func propose(_ request: RequestRecord, in store: borrowing Store) async throws -> ForgeAnswerToRequest
}

/// How a request to a forge ended.
package enum ForgeAnswerToRequest: Equatable, Sendable {
    /// Done; with a note where a part of it could not be.
    case done(url: String?, note: String?)
    case refused(String)
    /// Another try, not before then; without a time after the usual backoff.
    case waiting(String, notBefore: Timestamp?)
    /// The forge could not be reached at all.
    case unreachable(String)
    /// Whether it happened is not known: the next try looks first.
    case unknown(String)
}

extension GroupDelivery {
    /// Ends a request, or lets it wait, as a forge's answer says.
    static func settle(_ request: inout RequestRecord, _ answer: ForgeAnswerToRequest, _ now: Timestamp) {
        let backoff = Backoff.time(afterAttempts: request.attempts, from: now)
        switch answer {
        case .done(let url, let note):
            request.state = .done
            request.reason = note
            request.url = url ?? request.url
        case .refused(let words):
            request.state = .refused
            request.reason = words
        case .waiting(let words, let time):
            request.state = .waiting
            request.reason = words
            request.notBefore = time ?? backoff
        case .unreachable(let words):
            request.state = .waiting
            request.reason = words
            request.notBefore = backoff
        case .unknown(let words):
            request.state = .unknown
            request.reason = words
            request.notBefore = backoff
        }
    }
}

extension Delivery {
    /// When a request waits for a person: `git patch resume` tries it again, nothing else does.
    package static let whenResumed = Timestamp(seconds: 4_102_444_800)

    /// Lets `git-automerge`, which speaks HTTP, deliver what is left for forges.
    ///
    /// - Returns: why it could not be started.
    static func handOver(
        git: GitProgram, patch: RecordID?, urgent: RecordID?, ignoringBackoff: Bool
    ) async throws -> String? {
        let own = runningProgram()
        let beside = own.map { path in String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]) + "/git-automerge" }
        var arguments = ["deliver", "--json"]
        if let patch { arguments += ["--patch", patch.text] }
        if let urgent { arguments += ["--urgent", urgent.text] }
        if !ignoringBackoff { arguments.append("--due") }
        for program in [beside, "git-automerge"].compactMap({ $0 }) {
            do {
                let result = try await HelperProgram.run(
                    program, arguments, in: git.directory, environment: git.environment)
                return [0, 1, 75].contains(result.exitCode) ? nil : "git-automerge: \(result.firstErrorLine)"
            } catch let error as GitProcessError where error.code == .notStarted {
                continue
            }
        }
        return "'git-automerge', which speaks to forges, is not installed"
    }
}

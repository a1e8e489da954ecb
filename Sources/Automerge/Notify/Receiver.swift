import GitProcess
import GitValues
import HTTP
import Store
import Synchronization
import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One command or webhook that is told of events.
struct Receiver: Sendable {
    /// What `automerge.notify` says.
    let text: String
    let location: RepositoryLocation
    /// The seconds it has for one event.
    let patience: Double

    private var isAddress: Bool { ["http://", "https://"].contains { text.lowercased().hasPrefix($0) } }

    /// What messages say of it: the rest of an address may be a secret, and so may any word of a command line, which
    /// can begin with a variable.
    var shown: String {
        guard isAddress else { return "the command of automerge.notify" }
        guard let url = try? HTTPURL(text) else { return "the webhook" }  // It may be all secret, then.
        return "'\(url.scheme)://\(url.authority)'"
    }

    /// Delivers one event; answers with what went wrong.
    func deliver(_ message: Notifier.Message) async -> String? {
        do {
            let json = try JSONText.encode(message)
            return isAddress ? try post(json) : try await run(json)
        } catch let problem as HTTPProblem where problem.code == .badAddress {
            return "it is no address that is spoken to: https, or http on this machine"
        } catch let problem as any ProblemReport {
            return problem.description
        } catch {
            return "\(error)"
        }
    }

    private func post(_ json: String) throws -> String? {
        let url = try HTTPURL(text)
        guard url.scheme == "https" || url.isLoopback else { return "plain http is for this machine only" }
        var request = HTTPRequest(.post, url, headers: [HTTPHeader("Content-Type", "application/json")])
        request.body = Array(json.utf8)
        request.timeout = patience
        let response = try HTTPClient(network: .init(environment: ProcessEnvironment.all)).send(request)
        return response.isSuccess ? nil : "it answered \(response.status)"
    }

    /// Runs a line of `sh -c` with the event on its standard input.
    private func run(_ json: String) async throws -> String? {
        let path = "\(location.storeDirectory)/event-\(RecordID.make()).json"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return "the event cannot be written down" }
        defer { unlink(path) }
        let bytes = Array((json + "\n").utf8)
        let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        guard count == bytes.count else { return "the event cannot be written down" }
        let command = ShellCommand(
            words: ["/bin/sh", "-c", "exec < \"$0\"; eval \"$1\"", path, text],
            in: FilePath(location.worktree), environment: ProcessEnvironment.all,
            timeout: TimeSpan(seconds: patience), grace: TimeSpan(seconds: 2))
        let guardian = try ProcessGuard()
        defer { guardian.end() }
        let output = Mutex<[UInt8]>([])
        let outcome = try await command.run(under: guardian) { piece in
            output.withLock { if $0.count < 4096 { $0 += piece } }
        }
        let words = output.withLock { String(decoding: $0, as: UTF8.self) }.split(separator: "\n").last.map {
            ": \($0)"
        }
        switch outcome.ending {
        case .exited(0): return nil
        case .exited(let code): return "it ended with \(code)\(words ?? "")"
        case .signaled(let number): return "signal \(number) ended it"
        case .timedOut: return "it took longer than \(TimeSpan(seconds: patience))"
        case .cancelled: return "it was interrupted"
        }
    }
}

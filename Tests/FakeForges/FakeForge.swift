import Foundation
package import SuiteTestSupport

/// How a fake misbehaves once.
package enum Fault: String, CaseIterable, Sendable {
    case error500Before, error500After, dropBefore, dropAfter, hangBefore, hangAfter
    case limit429, secondaryLimit, rateLimited200, unauthorized401, forbidden403, malformedAfter
    /// The program that asks is killed.
    case killBefore, killAfter

    /// Whether this system lets it happen.
    package var isPossibleHere: Bool {
        self != .killBefore && self != .killAfter || PeerProcess.canBeFound
    }
}

/// A forge on the loopback address: stateful, with real repositories behind it, and able to fail at any request.
package class FakeForge: @unchecked Sendable {
    package let owner = "acme"
    package let name = "widget"
    private let lock = NSRecursiveLock()
    private let model: FakeState
    private var plan: [(operation: String, fault: Fault, skip: Int)] = []
    private var hooks: [(operation: String, body: @Sendable () -> Void)] = []
    private var answers: [(operation: String, status: Int, text: String)] = []
    private var log: [String] = []
    private var running: LoopbackServer?
    /// The one token it takes.
    package static let token = "gitpatch-secret-0123456789abcdef"

    package required init() { model = FakeState(owner: "acme", name: "widget") }

    /// The word for `forge.HOST.type`.
    package var kind: String { "" }
    package var server: LoopbackServer {
        guard let running else { preconditionFailure("the fake was not started") }
        return running
    }
    package var host: String { "127.0.0.1:\(server.port)" }

    /// Starts to listen.
    package func start() throws {
        running = try LoopbackServer { [weak self] request in self?.react(to: request) ?? .drop }
    }

    /// Reads or changes the state.
    package func with<Result>(_ body: (FakeState) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(model)
    }

    /// Puts a bare repository behind a name.
    package func serve(_ directory: String, as path: String, environment: [String: String]) {
        with { $0.repositories[path] = FakeGit(directory: directory, environment: environment) }
    }

    /// Lets the named operation fail once, after it has worked `skip` times.
    package func fail(_ operation: String, _ fault: Fault, skip: Int = 0) {
        with { _ in plan.append((operation, fault, skip)) }
    }

    /// Answers the named operation once with a text of the test's own, and does nothing.
    package func answer(_ operation: String, _ status: Int, _ text: String) {
        with { _ in answers.append((operation, status, text)) }
    }

    /// Runs a body once, right before the named operation is answered; it must ask nothing of this forge.
    package func before(_ operation: String, _ body: @escaping @Sendable () -> Void) {
        with { _ in hooks.append((operation, body)) }
    }

    /// The operations that arrived, in order.
    package var operations: [String] { with { _ in log } }
    /// Whether a planned fault has not happened yet.
    package var hasUnusedFaults: Bool { with { _ in !plan.isEmpty || !answers.isEmpty } }
    package func forgetOperations() { with { _ in log = [] } }

    // MARK: For the kinds

    /// What a request asks for, in one word or two.
    package func operation(_ request: LoopbackServer.Request) -> String { request.description }
    func answer(_ request: LoopbackServer.Request, _ state: FakeState) -> LoopbackServer.Reaction { .json(404, "{}") }
    func isAuthorized(_ request: LoopbackServer.Request) -> Bool {
        request.headers["authorization"]?.hasSuffix(" " + FakeForge.token) ?? false
    }

    private func react(to request: LoopbackServer.Request) -> LoopbackServer.Reaction {
        lock.lock()
        defer { lock.unlock() }
        let operation = operation(request)
        log.append(operation)
        record(request)
        if let index = hooks.firstIndex(where: { $0.operation == operation }) { hooks.remove(at: index).body() }
        guard isAuthorized(request), model.tokenIsValid else {
            return .json(401, #"{"message": "Bad credentials"}"#)
        }
        if let index = answers.firstIndex(where: { $0.operation == operation }) {
            let answer = answers.remove(at: index)
            return .json(answer.status, answer.text)
        }
        guard let index = plan.firstIndex(where: { $0.operation == operation }) else { return perform(request) }
        if plan[index].skip > 0 {
            plan[index].skip -= 1
            return perform(request)
        }
        let fault = plan.remove(at: index).fault
        switch fault {
        case .error500Before: return .json(500, #"{"message": "Server Error"}"#)
        case .error500After:
            _ = perform(request)
            return .json(502, "<html>bad gateway</html>")
        case .dropBefore: return .drop
        case .dropAfter:
            _ = perform(request)
            return .drop
        case .hangBefore: return .hang
        case .hangAfter:
            _ = perform(request)
            return .hang
        case .limit429: return .json(429, #"{"message": "Too many requests"}"#, [("Retry-After", "1")])
        case .secondaryLimit:
            return .json(
                403, #"{"message": "You have exceeded a secondary rate limit"}"#, [("Retry-After", "1")])
        case .rateLimited200:
            let reset = String(Int(Date().timeIntervalSince1970) + 1)
            return .json(
                200, #"{"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}"#,
                [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset)])
        // Some servers and proxies quote what they were sent.
        case .unauthorized401: return .json(401, #"{"message": "Bad credentials '\#(FakeForge.token)'"}"#)
        case .forbidden403: return .json(403, #"{"message": "Resource not accessible by personal access token"}"#)
        case .malformedAfter:
            _ = perform(request)
            return .json(200, "{\"data\": {")
        case .killBefore:
            PeerProcess.kill(from: request.peer, to: server.port)
            return .drop
        case .killAfter:
            _ = perform(request)
            PeerProcess.kill(from: request.peer, to: server.port)
            return .drop
        }
    }

    private func perform(_ request: LoopbackServer.Request) -> LoopbackServer.Reaction {
        model.settle()
        let reaction = answer(request, model)
        model.settle()
        return reaction
    }

    /// Keeps what was sent, for the check against the published schema.
    func record(_ request: LoopbackServer.Request) {}
}

/// A value as JSON text.
func jsonText(_ value: Any) -> String {
    let data = try? JSONSerialization.data(withJSONObject: value, options: [.fragmentsAllowed])
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "null"
}

extension LoopbackServer.Request {
    /// The body as an object.
    var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
    }

    /// The values of the query.
    var query: [String: String] {
        var values: [String: String] = [:]
        for item in URLComponents(string: target)?.queryItems ?? [] { values[item.name] = item.value }
        return values
    }
}

import Foundation
import Synchronization

/// A small HTTP/1.1 server on 127.0.0.1 that does what a test says, bad manners included.
package final class LoopbackServer: Sendable {
    /// What arrived.
    package struct Request: Sendable, CustomStringConvertible {
        package let method: String
        /// Path and query as sent.
        package let target: String
        /// Names in lower case.
        package let headers: [String: String]
        package let body: [UInt8]
        /// The port at the other end.
        package let peer: UInt16

        package var description: String { "\(method) \(target)" }
        package var text: String { String(decoding: body, as: UTF8.self) }
        package var path: String { String(target.prefix { $0 != "?" }) }
    }

    /// What the server does with a request.
    package enum Reaction: Sendable {
        case answer(Int, [(String, String)] = [], [UInt8] = [])
        /// These bytes, whatever they mean, then the connection is closed.
        case raw(String)
        /// The connection is closed without an answer.
        case drop
        /// Nothing happens until the server stops or the client gives up.
        case hang

        /// A JSON answer.
        package static func json(_ status: Int, _ text: String, _ headers: [(String, String)] = []) -> Reaction {
            .answer(status, [("Content-Type", "application/json")] + headers, Array(text.utf8))
        }
    }

    package let port: UInt16
    /// `http://127.0.0.1:PORT`.
    package var address: String { "http://127.0.0.1:\(port)" }
    /// Everything that arrived, in order.
    package var requests: [Request] { state.withLock { $0.requests } }
    /// How many connections were opened.
    package var connectionCount: Int { state.withLock { $0.accepted } }

    private struct State {
        var requests: [Request] = []
        var open: Set<Int32> = []
        var accepted = 0
        var isStopped = false
    }

    private let listener: Int32
    private let state = Mutex(State())
    private let handler: @Sendable (Request) -> Reaction

    /// Starts a server on a free port.
    package init(_ handler: @escaping @Sendable (Request) -> Reaction) throws {
        self.handler = handler
        signal(SIGPIPE, SIG_IGN)
        let listener = socket(AF_INET, Int32(LoopbackServer.stream), 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
                bind(listener, plain, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, plain, &length) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        guard bound else { throw POSIXError(.EADDRNOTAVAIL) }
        _ = fcntl(listener, F_SETFD, FD_CLOEXEC)
        LoopbackServer.thread { [self] in accept() }
    }

    /// Closes everything; requests that hang end.
    package func stop() {
        let open = state.withLock { state in
            state.isStopped = true
            return state.open
        }
        shutdown(listener, Int32(SHUT_RDWR))
        open.forEach { shutdown($0, Int32(SHUT_RDWR)) }
    }

    /// Runs a body with a server that is stopped at the end.
    package static func with<Result>(
        isolation: isolated (any Actor)? = #isolation, _ handler: @escaping @Sendable (Request) -> Reaction,
        _ body: (LoopbackServer) async throws -> Result
    ) async throws -> Result {
        let server = try LoopbackServer(handler)
        defer { server.stop() }
        return try await body(server)
    }

    #if canImport(Glibc)
        private static let stream = SOCK_STREAM.rawValue
    #else
        private static let stream = SOCK_STREAM
    #endif

    private static func thread(_ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.stackSize = 1 << 20
        thread.start()
    }

    private func accept() {
        while true {
            let connection = Foundation.accept(listener, nil, nil)
            if connection < 0 {
                if errno == EINTR || errno == ECONNABORTED { continue }
                break
            }
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            let isStopped = state.withLock { state in
                state.open.insert(connection)
                state.accepted += 1
                return state.isStopped
            }
            if isStopped { shutdown(connection, Int32(SHUT_RDWR)) }
            LoopbackServer.thread { [self] in
                serve(connection)
                _ = state.withLock { $0.open.remove(connection) }
                close(connection)
            }
        }
        close(listener)
    }

    private func serve(_ connection: Int32) {
        var buffer: [UInt8] = []
        while let request = LoopbackServer.read(from: connection, &buffer) {
            state.withLock { $0.requests.append(request) }
            switch handler(request) {
            case .answer(let status, let headers, let body):
                var head = "HTTP/1.1 \(status) Status\r\nContent-Length: \(body.count)\r\n"
                for (name, value) in headers { head += "\(name): \(value)\r\n" }
                let payload = request.method == "HEAD" ? [] : body
                guard LoopbackServer.write(Array((head + "\r\n").utf8) + payload, to: connection) else { return }
            case .raw(let text):
                _ = LoopbackServer.write(Array(text.utf8), to: connection)
                return
            case .drop: return
            case .hang:
                var byte: UInt8 = 0
                _ = recv(connection, &byte, 1, 0)
                return
            }
        }
    }

    private static func write(_ bytes: [UInt8], to connection: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(connection, $0.baseAddress.map { $0 + sent }, bytes.count - sent, 0)
            }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    private static func read(from connection: Int32, _ buffer: inout [UInt8]) -> Request? {
        let end = Array("\r\n\r\n".utf8)
        var headEnd: Int?
        while headEnd == nil {
            headEnd = buffer.firstRange(of: end)?.lowerBound
            if headEnd == nil, !receive(from: connection, &buffer) { return nil }
        }
        guard let headEnd else { return nil }
        let lines = String(decoding: buffer[..<headEnd], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        let length = headers["content-length"].flatMap(Int.init) ?? 0
        let bodyStart = headEnd + end.count
        while buffer.count < bodyStart + length {
            if !receive(from: connection, &buffer) { return nil }
        }
        let body = Array(buffer[bodyStart..<bodyStart + length])
        buffer.removeFirst(bodyStart + length)
        return Request(
            method: String(words[0]), target: String(words[1]), headers: headers, body: body, peer: peer(of: connection)
        )
    }

    private static func peer(of connection: Int32) -> UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isKnown = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(connection, $0, &length) == 0 }
        }
        return isKnown ? UInt16(bigEndian: address.sin_port) : 0
    }

    private static func receive(from connection: Int32, _ buffer: inout [UInt8]) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(connection, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        buffer += chunk[..<count]
        return true
    }
}

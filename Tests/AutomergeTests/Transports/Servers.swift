import Foundation
import SuiteTestSupport
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A server of git repositories on this machine, for as long as a test runs.
final class GitServer {
    private let process: ChildProcess
    let port: UInt16

    /// Starts a program and waits until its port answers.
    init(_ program: String, environment: [String: String], _ arguments: (UInt16) -> [String]) throws {
        port = try GitServer.freePort()
        process = try ChildProcess(program, arguments(port), environment: environment)
        for _ in 0..<200 where !GitServer.answers(port) {
            guard process.isRunning else { break }
            usleep(25_000)
        }
    }

    /// Ends it.
    func stop() { process.end() }

    /// Where a program is; `nil` when this machine has none.
    static func path(of program: String) -> String? {
        ["/usr/sbin/", "/usr/bin/", "/usr/local/sbin/", "/usr/local/bin/", "/opt/homebrew/bin/"].map { $0 + program }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    static let hasSSH = path(of: "sshd") != nil && path(of: "ssh") != nil && path(of: "ssh-keygen") != nil
    /// The program that gitolite's keys start; `nil` where gitolite is not installed.
    static let gitolite: String? = {
        let shell = "/usr/share/gitolite3/gitolite-shell"
        return path(of: "gitolite") != nil && FileManager.default.isExecutableFile(atPath: shell) ? shell : nil
    }()
    static let hasPython = path(of: "python3") != nil

    private struct NoPort: Error {}

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }

    private static func socket() -> Int32 {
        #if canImport(Glibc)
            Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            Darwin.socket(AF_INET, SOCK_STREAM, 0)
        #endif
    }

    /// The ports given out: the system may name one again before the server it was meant for has taken it.
    private static let given = Mutex<Set<UInt16>>([])

    private static func freePort() throws -> UInt16 {
        for _ in 0..<100 {
            let port = try unusedPort()
            if given.withLock({ $0.insert(port).inserted }) { return port }
        }
        throw NoPort()
    }

    private static func unusedPort() throws -> UInt16 {
        let descriptor = socket()
        defer { close(descriptor) }
        var address = address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 ? getsockname(descriptor, pointer, &length) : -1
            }
        }
        guard result == 0 else { throw NoPort() }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func answers(_ port: UInt16) -> Bool {
        let descriptor = socket()
        defer { close(descriptor) }
        var address = address(port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    /// git's own CGI program behind a few lines of HTTP.
    static let httpBackend = """
        import os, subprocess, sys
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def serve(self):
                path, _, query = self.path.partition("?")
                if self.headers.get("Transfer-Encoding", "") == "chunked":
                    body = b""
                    while True:
                        size = int(self.rfile.readline().strip(), 16)
                        body += self.rfile.read(size)
                        self.rfile.readline()
                        if size == 0:
                            break
                else:
                    body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                environment = dict(os.environ, GIT_PROJECT_ROOT=sys.argv[2], GIT_HTTP_EXPORT_ALL="1",
                    PATH_INFO=path, QUERY_STRING=query, REQUEST_METHOD=self.command, REMOTE_USER="ada",
                    CONTENT_TYPE=self.headers.get("Content-Type", ""), CONTENT_LENGTH=str(len(body)),
                    HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""),
                    GIT_PROTOCOL=self.headers.get("Git-Protocol", ""))
                answer = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True).stdout
                head, _, content = answer.partition(b"\\r\\n\\r\\n")
                status, lines = "200 OK", []
                for line in head.decode().split("\\r\\n"):
                    name, _, value = line.partition(": ")
                    if name == "Status":
                        status = value
                    else:
                        lines.append((name, value))
                code, _, words = status.partition(" ")
                self.send_response(int(code), words)
                for name, value in lines:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = serve

            def log_message(self, *words):
                pass

        ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()

        """
}

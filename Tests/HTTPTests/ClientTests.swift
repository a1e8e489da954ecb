import Foundation
import HTTP
import SuiteTestSupport
import Synchronization
import Testing

struct ClientTests {
    private func problem(_ body: () throws -> HTTPResponse) -> HTTPProblem? {
        do {
            _ = try body()
            return nil
        } catch { return error as? HTTPProblem }
    }

    @Test func sendsWhatIsAskedAndReadsTheAnswer() async throws {
        try await LoopbackServer.with({ request in
            .answer(201, [("X-One", "1"), ("x-one", "2")], Array("got \(request.text)".utf8))
        }) { server in
            let client = HTTPClient(userAgent: "git-patch/test")
            let url = try HTTPURL(server.address).appending("a/b?c=d")
            for method in [HTTPRequest.Method.post, .put, .patch, .delete] {
                let response = try client.send(
                    HTTPRequest(method, url, headers: [HTTPHeader("X-Two", "a: b")], body: Array("täxt".utf8)))
                #expect(response.status == 201)
                #expect(response.text == "got täxt")
                #expect(response[header: "X-ONE"] == "2")
                #expect(response.version == 11)
            }
            #expect(server.requests.map(\.description) == ["POST", "PUT", "PATCH", "DELETE"].map { "\($0) /a/b?c=d" })
            #expect(server.requests.allSatisfy { $0.headers["x-two"] == "a: b" })
            #expect(server.requests.allSatisfy { $0.headers["user-agent"] == "git-patch/test" })
            #expect(server.requests.allSatisfy { $0.headers["expect"] == nil })
        }
    }

    @Test func readsShareAConnectionAndWritesDoNot() async throws {
        try await LoopbackServer.with({ _ in .answer(200) }) { server in
            let client = HTTPClient()
            let url = try HTTPURL(server.address)
            for _ in 0..<3 { _ = try client.send(HTTPRequest(.get, url)) }
            #expect(server.connectionCount == 1)
            for _ in 0..<2 { _ = try client.send(HTTPRequest(.post, url, body: [])) }
            #expect(server.connectionCount == 3)
        }
    }

    /// libcurl repeats a request by itself when a kept connection turns out to be dead: for a write that would be twice.
    @Test func aWriteWhoseConnectionDiesIsSentOnce() async throws {
        try await LoopbackServer.with({ $0.method == "GET" ? .answer(200) : .drop }) { server in
            let client = HTTPClient()
            let url = try HTTPURL(server.address)
            _ = try client.send(HTTPRequest(.get, url))
            let lost = problem { try client.send(HTTPRequest(.post, url, body: Array("x".utf8))) }
            #expect(lost?.code == .lost)
            #expect(server.requests.map(\.method) == ["GET", "POST"])
        }
    }

    @Test func nothingListensMeansNothingWasSent() async throws {
        let server = try LoopbackServer { _ in .drop }
        let url = try HTTPURL(server.address)
        server.stop()
        try await Task.sleep(for: .milliseconds(50))
        let found = problem { try HTTPClient().send(HTTPRequest(.post, url, body: [])) }
        #expect(found?.code == .unreachable)
        #expect(found?.mayHaveArrived == false)
    }

    @Test func aSilentServerIsLeftInTime() async throws {
        try await LoopbackServer.with({ _ in .hang }) { server in
            var request = HTTPRequest(.put, try HTTPURL(server.address), body: [])
            request.timeout = 0.2
            #expect(problem { try HTTPClient().send(request) }?.code == .lost)
        }
    }

    @Test(arguments: [
        "", "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    ])
    func anAnswerThatIsNoneIsLost(text: String) async throws {
        try await LoopbackServer.with({ _ in .raw(text) }) { server in
            let url = try HTTPURL(server.address)
            let found = problem { try HTTPClient().send(HTTPRequest(.post, url, body: [])) }
            #expect(found?.mayHaveArrived == true, "\(text)")
        }
    }

    @Test func largeAnswersAreCutOff() async throws {
        try await LoopbackServer.with({ _ in .answer(200, [], [UInt8](repeating: 65, count: 100_000)) }) { server in
            var request = HTTPRequest(.get, try HTTPURL(server.address))
            request.limit = 100_000
            #expect(try HTTPClient().send(request).body.count == 100_000)
            request.limit = 99_999
            #expect(problem { try HTTPClient().send(request) }?.code == .tooLarge)
        }
    }

    @Test func anInterimAnswerIsNotTheAnswer() async throws {
        let text = "HTTP/1.1 103 Early\r\nX-A: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        try await LoopbackServer.with({ _ in .raw(text) }) { server in
            let response = try HTTPClient().send(HTTPRequest(.get, try HTTPURL(server.address)))
            #expect(response.status == 200)
            #expect(response[header: "x-a"] == nil)
            #expect(response.text == "ok")
        }
    }

    @Test func aRedirectToAnotherHostDropsTheToken() async throws {
        try await LoopbackServer.with({ _ in .answer(200) }) { other in
            let elsewhere = other.address
            try await LoopbackServer.with({ request in
                request.path == "/away"
                    ? .answer(302, [("Location", elsewhere + "/landed")])
                    : request.path == "/near" ? .answer(301, [("Location", "/here")]) : .answer(200)
            }) { server in
                let client = HTTPClient()
                let token = [HTTPHeader("Authorization", "bearer secret"), HTTPHeader("PRIVATE-TOKEN", "secret")]
                let url = try HTTPURL(server.address)
                _ = try client.send(HTTPRequest(.get, url.appending("near"), headers: token))
                #expect(server.requests.last?.path == "/here")
                #expect(server.requests.last?.headers["authorization"] == "bearer secret")
                _ = try client.send(HTTPRequest(.get, url.appending("away"), headers: token))
                #expect(other.requests.map(\.path) == ["/landed"])
                #expect(other.requests.allSatisfy { $0.headers["authorization"] == nil })
                #expect(other.requests.allSatisfy { $0.headers["private-token"] == nil })
            }
        }
    }

    @Test func aWriteIsNeverRedirected() async throws {
        try await LoopbackServer.with({ _ in .answer(307, [("Location", "/there")]) }) { server in
            let url = try HTTPURL(server.address)
            #expect(problem { try HTTPClient().send(HTTPRequest(.post, url, body: [])) }?.code == .redirected)
            #expect(server.requests.count == 1)
        }
    }

    @Test func circlesAndOpenRoadsEnd() async throws {
        try await LoopbackServer.with({
            $0.path == "/open" ? .answer(302, [("Location", "http://example.com/")]) : .answer(302, [("Location", "/")])
        }) { server in
            let url = try HTTPURL(server.address)
            #expect(problem { try HTTPClient().send(HTTPRequest(.get, url)) }?.code == .redirected)
            #expect(server.requests.count == 5)
            #expect(problem { try HTTPClient().send(HTTPRequest(.get, url.appending("open"))) }?.code == .badAddress)
        }
    }

    @Test func headersCannotBeSmuggled() async throws {
        let url = try HTTPURL("http://127.0.0.1:1/")
        let request = HTTPRequest(.get, url, headers: [HTTPHeader("X", "a\r\nEvil: 1")])
        #expect(problem { try HTTPClient().send(request) }?.code == .badAddress)
    }

    @Test func certificatesComeFromTheEnvironment() {
        #expect(HTTPClient.Network(environment: ["SSL_CERT_FILE": "/b", "GIT_SSL_CAINFO": "/a"]).certificates == "/a")
        #expect(HTTPClient.Network(environment: ["CURL_CA_BUNDLE": ""]).certificates == nil)
    }
}

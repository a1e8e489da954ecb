import Foundation
import SuiteTestSupport
import Synchronization
import Testing

@testable import Settings
@testable import Validation

/// A shared cache makes things faster or does nothing, whatever the server does.
struct RemoteCacheTests {
    /// What a server keeps, and what it does wrong.
    final class Shelf: Sendable {
        enum Fault: String, CaseIterable, Sendable {
            case noBlobs, forbidden, busy, broken, half, wrongBytes, dropped, hung, nonsense, lying, otherKey, redirect
        }

        private let state = Mutex<(blobs: [String: [UInt8]], fault: Fault?)>(([:], nil))

        var blobs: [String: [UInt8]] { state.withLock { $0.blobs } }
        func set(_ fault: Fault?) { state.withLock { $0.fault = fault } }
        func change(_ body: (inout [String: [UInt8]]) -> Void) { state.withLock { body(&$0.blobs) } }

        func react(_ request: LoopbackServer.Request) -> LoopbackServer.Reaction {
            state.withLock { state in
                if request.method == "PUT" {
                    state.blobs[request.path] = request.body
                    return .answer(201)
                }
                guard let body = state.blobs[request.path] else { return .answer(404) }
                let isBlob = request.path.contains("/cas/")
                switch state.fault {
                case nil: return .answer(200, [], body)
                case .noBlobs: return isBlob ? .answer(404) : .answer(200, [], body)
                case .forbidden: return .answer(403)
                case .busy: return .answer(429, [("Retry-After", "3600")])
                case .broken: return .answer(500)
                case .half:
                    return .raw(
                        "HTTP/1.1 200 OK\r\nContent-Length: \(body.count + 10)\r\n\r\n"
                            + String(decoding: body.prefix(5), as: UTF8.self))
                case .wrongBytes: return .answer(200, [], isBlob ? body.reversed() : body)
                case .dropped: return .drop
                case .hung: return .hang
                case .nonsense: return .answer(200, [], Array("<html>".utf8))
                case .lying:
                    return .answer(200, [], isBlob ? body : state.blobs.first { $0.key.contains("/cas/") }?.value ?? [])
                case .otherKey:
                    // The result of another check under this name.
                    let other = state.blobs.first { $0.key.contains("/ac/") && $0.key != request.path }?.value
                    return .answer(200, [], isBlob ? body : other ?? body)
                case .redirect: return .answer(302, [("Location", "http://192.0.2.1/")])
                }
            }
        }
    }

    /// Two clones of one repository that share a cache; the counter tells how often the check ran.
    private func with(
        _ body: (_ writer: CheckedRepository, _ reader: CheckedRepository, _ shelf: Shelf, _ runs: () -> Int)
            async throws
            -> Void
    ) async throws {
        let shelf = Shelf()
        try await LoopbackServer.with({ shelf.react($0) }) { server in
            let checks = """
                [check "count"]
                    run = "echo run >> $COUNTER; echo said"
                    env = COUNTER
                [check "other"]
                    run = "test -e .gitpatch"

                """
            try await CheckedRepository.with(checks) { desk in
                let scratch = desk.repository.scratch
                let counter = scratch.path + "/counter"
                try "a secret of many letters".write(
                    toFile: scratch.path + "/secret", atomically: true, encoding: .utf8)
                let writer = desk.repository.with(environment: ["COUNTER": counter])
                _ = try await writer.git("clone", "-q", writer.path, scratch.path + "/clone")
                let reader = writer.at(scratch.path + "/clone")
                for repository in [writer, reader] {
                    try await repository.git("config", "validate.remoteCache", server.address + "/shared")
                    try await repository.git("config", "validate.remoteKey", scratch.path + "/secret")
                    try await repository.git("config", "validate.audit", "0")
                }
                try await writer.git("config", "validate.remotePush", "true")
                try await body(CheckedRepository(repository: writer), CheckedRepository(repository: reader), shelf) {
                    (try? String(contentsOfFile: counter, encoding: .utf8))?.split(separator: "\n").count ?? 0
                }
            }
        }
    }

    @Test func aPassIsSharedWithItsLog() async throws {
        try await with { writer, reader, shelf, runs in
            #expect(try await writer.report().outcome == "passed")
            #expect(shelf.blobs.keys.filter { $0.hasPrefix("/shared/ac/") }.count == 2)
            let report = try await reader.report()
            #expect(report.outcomes == ["count": "cached", "other": "cached"])
            #expect(report["count"]?.output == "said\n")
            #expect(runs() == 1)
            let explained = try await reader.repository.run("git-validate", ["explain", "count"])
            #expect(explained.output.contains("from cache 127.0.0.1:"))
            // Every blob is what its name says.
            for (path, bytes) in shelf.blobs where path.contains("/cas/") {
                #expect(path.hasSuffix("/" + BlobDigest(of: bytes).hash))
            }
        }
    }

    /// What is judged last is judged here, also where somebody else's word came in earlier.
    @Test func theCompleteTierBelievesNobodyElse() async throws {
        func expect(_ reader: CheckedRepository, _ outcome: String, _ arguments: [String]) async throws {
            let result = try await reader.repository.run("git-validate", ["--json"] + arguments)
            let report = try JSONDecoder().decode(CheckedRepository.Report.self, from: Data(result.outputBytes))
            #expect(report.outcomes["count"] == outcome, "\(arguments)")
        }
        try await with { writer, reader, _, runs in
            #expect(try await writer.report().outcome == "passed")
            try await expect(reader, "passed", ["--no-shared-cache"])
            #expect(runs() == 2)
        }
        try await with { writer, reader, _, runs in
            #expect(try await writer.report().outcome == "passed")
            #expect(try await reader.report().outcomes["count"] == "cached")
            #expect(runs() == 1)
            try await expect(reader, "passed", ["--tier", "complete"])
            #expect(runs() == 2)
            // Now it is known here.
            try await expect(reader, "cached", ["--tier", "complete"])
        }
        try await with { writer, reader, _, runs in
            #expect(try await writer.report().outcome == "passed")
            try await expect(reader, "passed", ["--tier", "complete"])
            #expect(runs() == 2)
        }
    }

    /// Folders have other names on every machine; how files are written is another matter.
    @Test func whatIsSharedHoldsForAnotherSearchPathAndNotForAnotherConversion() async throws {
        try await with { writer, reader, _, runs in
            #expect(try await writer.report().outcome == "passed")
            try await reader.repository.git("config", "core.autocrlf", "true")
            #expect(try await reader.report().outcomes == ["count": "passed", "other": "passed"])
            #expect(runs() == 2)
            try await reader.repository.git("config", "--unset", "core.autocrlf")
            let path = reader.repository.scratch.path + ":" + (reader.repository.environment["PATH"] ?? "")
            let elsewhere = CheckedRepository(repository: reader.repository.with(environment: ["PATH": path]))
            #expect(try await elsewhere.report().outcomes == ["count": "cached", "other": "cached"])
            #expect(runs() == 2)
        }
    }

    @Test func aReaderWritesNothingAndAFailureIsNeverShared() async throws {
        try await with { writer, reader, shelf, _ in
            _ = try await reader.report()
            #expect(shelf.blobs.isEmpty)
            try await writer.repository.commit("bad", files: [".gitpatch": "[check \"bad\"]\nrun = exit 1\n"])
            #expect(try await writer.report().outcome == "failed")
            #expect(shelf.blobs.isEmpty)
        }
    }

    @Test(arguments: Shelf.Fault.allCases)
    func everyFaultIsAMiss(_ fault: Shelf.Fault) async throws {
        try await with { writer, reader, shelf, runs in
            _ = try await writer.report()
            shelf.set(fault)
            let report = try await reader.report()
            #expect(report.outcome == "passed")
            #expect(report.outcomes["count"] == "passed")
            #expect(runs() == 2)
        }
    }

    @Test func aPassThatWasNotSignedHereDoesNotCount() async throws {
        try await with { writer, reader, _, runs in
            _ = try await writer.report()
            let secret = reader.repository.scratch.path + "/secret"
            try "another secret of many letters".write(toFile: secret, atomically: true, encoding: .utf8)
            #expect(try await reader.report().outcomes["count"] == "passed")
            #expect(runs() == 2)
            try "short".write(toFile: secret, atomically: true, encoding: .utf8)
            let told = try await reader.validate("--no-cache", "--check", "other")
            #expect(told.exitCode == 0)
        }
    }

    /// A shared pass never stands in for a check that fails here: another key, so another name.
    @Test func whatFailsHereIsNotPassedByTheCache() async throws {
        try await with { writer, reader, _, _ in
            _ = try await writer.report()
            try await reader.repository.commit("bad", files: [".gitpatch": "[check \"count\"]\nrun = exit 1\n"])
            #expect(try await reader.report().outcome == "failed")
        }
    }

    @Test func aServerThatHangsIsLeftAloneAfterAWhile() throws {
        struct Dead: CacheClient {
            let asked: Asked
            final class Asked: Sendable {
                let count = Mutex(0)
            }
            struct Problem: Error {}
            func get(_ path: String, limit: Int) throws -> CacheAnswer {
                asked.count.withLock { $0 += 1 }
                throw Problem()
            }
            func put(_ path: String, _ bytes: [UInt8]) throws -> CacheAnswer { throw Problem() }
        }
        let asked = Dead.Asked()
        let signing = try #require(SigningKey([UInt8](repeating: 7, count: 32)))
        let cache = RemoteCache(
            client: Dead(asked: asked), signing: signing, host: "h", mayWrite: true, breaker: CacheBreaker())
        let key = CheckKey(parts: [.init(name: "a", value: "b")])
        for _ in 0..<10 { #expect(cache.pass(.init(name: "a", run: "true"), key, log: "/nonexistent/log") == nil) }
        #expect(asked.count.withLock { $0 } == 3)
    }
}

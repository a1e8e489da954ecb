import Environments
import Foundation
import GitProcess
import SuiteTestSupport
import Synchronization
import SystemPackage
import Testing

@testable import Settings
@testable import Validation

/// What one machine has set up, the others unpack; a bad cache costs the setup and nothing else.
struct SharedEnvironmentTests {
    typealias Shelf = RemoteCacheTests.Shelf

    /// Two clones that share a cache; the counter tells how often the setup ran.
    private func with(
        _ body: (_ writer: CheckedRepository, _ reader: CheckedRepository, _ shelf: Shelf, _ setups: () -> Int)
            async throws -> Void
    ) async throws {
        let shelf = Shelf()
        try await LoopbackServer.with({ shelf.react($0) }) { server in
            let checks = """
                [environment "packages"]
                    setup = "echo run >> $HOME/setups; mkdir -p packages/deep && cp lock packages/deep/made && ln -s deep/made packages/link && chmod 750 packages/deep/made"
                    key = lock
                    path = packages
                [check "unit"]
                    run = "cmp lock packages/deep/made && test -x packages/link"
                    environment = packages

                """
            try await CheckedRepository.with(checks, files: ["lock": "1\n"]) { desk in
                let scratch = desk.repository.scratch
                try "a secret of many letters".write(
                    toFile: scratch.path + "/secret", atomically: true, encoding: .utf8)
                let reader = try await desk.repository.clone(desk.repository.path, as: "reader")
                for repository in [desk.repository, reader] {
                    try await repository.git("config", "validate.remoteCache", server.address + "/shared")
                    try await repository.git("config", "validate.remoteKey", scratch.path + "/secret")
                    try await repository.git("config", "validate.audit", "0")
                }
                try await desk.repository.git("config", "validate.remotePush", "true")
                try await body(desk, CheckedRepository(repository: reader), shelf) {
                    let text = try? String(contentsOfFile: scratch.path + "/home/setups", encoding: .utf8)
                    return text?.split(separator: "\n").count ?? 0
                }
            }
        }
    }

    private func kept(_ desk: CheckedRepository) -> Int {
        Files.names(in: desk.repository.path + "/.git/gitpatch/environments").count
    }

    @Test func aSetupOfOneMachineServesTheOther() async throws {
        try await with { writer, reader, _, setups in
            let made = try await writer.validate("env", "warm")
            #expect(made.succeeded && made.output.hasPrefix("packages: made ("), "\(made)")
            let taken = try await reader.validate("env", "warm")
            #expect(taken.succeeded && taken.output.contains("from the cache 127.0.0.1:"), "\(taken)")
            #expect(try await reader.report("--no-cache").outcome == "passed")
            #expect(setups() == 1)
            #expect(kept(reader) == 1)
        }
    }

    @Test func aRunSharesWhatItHasMade() async throws {
        try await with { writer, reader, _, setups in
            let outcomes = [try await writer.report().outcome, try await reader.report("--no-cache").outcome]
            #expect(outcomes == ["passed", "passed"])
            #expect(setups() == 1)
        }
    }

    @Test(arguments: Shelf.Fault.allCases.filter { $0 != .hung })
    func aFaultyCacheCostsTheSetupOnly(_ fault: Shelf.Fault) async throws {
        try await with { writer, reader, shelf, setups in
            #expect(try await writer.report().outcome == "passed")
            shelf.set(fault)
            let taken = try await reader.validate("env", "warm")
            #expect(taken.succeeded && taken.output.hasPrefix("packages: made ("), "\(fault): \(taken)")
            #expect(setups() == 2)
            #expect(kept(reader) == 1)
        }
    }

    @Test func whatACheckHasWrittenToIsNotShared() async throws {
        try await with { writer, reader, shelf, setups in
            let checks = try #require(writer.repository.read(".gitpatch"))
                .replacingOccurrences(of: "run = \"cmp", with: "run = \"echo bad >> packages/deep/made; true || cmp")
            try await writer.repository.commit("writes", files: [".gitpatch": checks])
            #expect(try await writer.report().outcome == "passed")
            // Where files are copied or share blocks nothing was written to what is kept.
            let isShared = shelf.blobs.values.contains { String(decoding: $0, as: UTF8.self).contains("\"parts\"") }
            try await reader.repository.git("pull", "-q")
            #expect(try await reader.validate("env", "warm").succeeded)
            #expect(setups() == (isShared ? 1 : 2))
            let folder = reader.repository.path + "/.git/gitpatch/environments"
            let id = try #require(Files.names(in: folder).first)
            let made = try String(contentsOfFile: "\(folder)/\(id)/files/packages/deep/made", encoding: .utf8)
            #expect(made == "1\n")
        }
    }

    @Test func anotherSecretIsNotBelieved() async throws {
        try await with { writer, reader, _, setups in
            #expect(try await writer.report().outcome == "passed")
            let other = writer.repository.scratch.path + "/other"
            try "another secret of letters".write(toFile: other, atomically: true, encoding: .utf8)
            try await reader.repository.git("config", "validate.remoteKey", other)
            #expect(try await reader.validate("env", "warm").succeeded)
            #expect(setups() == 2)
        }
    }

    /// A cache in memory, whose blobs can be exchanged.
    private struct Memory: CacheClient {
        final class Blobs: Sendable { let known = Mutex<[String: [UInt8]]>([:]) }
        let blobs = Blobs()

        func get(_ path: String, limit: Int) throws -> CacheAnswer {
            guard let body = blobs.known.withLock({ $0[path] }) else { return CacheAnswer(status: 404, body: []) }
            return CacheAnswer(status: 200, body: body)
        }

        func put(_ path: String, _ bytes: [UInt8]) throws -> CacheAnswer {
            blobs.known.withLock { $0[path] = bytes }
            return CacheAnswer(status: 201, body: [])
        }
    }

    @Test func manyPartsAreOneSnapshotAndOneBadPartIsNone() async throws {
        try await Scratch.with { scratch in
            let memory = Memory()
            let signing = try #require(SigningKey([UInt8](repeating: 7, count: 32)))
            func machine(_ name: String) -> SharedEnvironments {
                SharedEnvironments(
                    cache: RemoteCache(
                        client: memory, signing: signing, host: "h", mayWrite: true, breaker: CacheBreaker()),
                    store: EnvironmentStore(scratch.path + "/" + name), git: GitProgram(directory: "."), partSize: 700)
            }
            let definition = EnvironmentDefinition(name: "e", setup: "true", keys: [], paths: ["d", "single"])
            let top = try scratch.makeDirectory("top")
            _ = try scratch.makeDirectory("top/d")
            var text = ""
            for _ in 0..<300 { text += "\(Int.random(in: 0..<1 << 60))\n" }
            try text.write(toFile: top + "/d/-text", atomically: true, encoding: .utf8)
            try "one".write(toFile: top + "/single", atomically: true, encoding: .utf8)
            let one = machine("one")
            try one.store.keep("id", name: "e", from: top, paths: definition.paths, seconds: 3)
            await one.offer("id", definition)
            let whole = memory.blobs.known.withLock { blobs in blobs.values.count { $0.count == 700 } }
            #expect(whole > 2)

            let two = machine("two")
            #expect(await two.take("id", definition))
            let files = try #require(two.store.snapshot("id")).files
            #expect(try String(contentsOfFile: files + "/d/-text", encoding: .utf8) == text)
            #expect(two.store.snapshot("id")?.info.seconds == 3)
            #expect(await machine("three").take("other", definition) == false)

            let part = try #require(memory.blobs.known.withLock { $0.first { $0.value.count == 700 } })
            memory.blobs.known.withLock { $0[part.key] = part.value.reversed() }
            #expect(await machine("four").take("id", definition) == false)
            #expect(Files.names(in: scratch.path + "/four/environments") == [])
        }
    }
}

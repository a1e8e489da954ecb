import FakeForges
import Foundation
import SuiteTestSupport
import Synchronization
import Testing

/// The token is in a header and nowhere else.
struct SecretTests {
    @Test(arguments: Kind.allCases)
    func theTokenIsInNoArgumentOutputStoreOrLog(kind: Kind) async throws {
        try await Rig.with(kind) { rig in
            let sampler = Sampler(looksFor: FakeForge.token)
            defer { sampler.stop() }
            var outputs: [CommandResult] = []
            outputs.append(try await rig.armed("Fix the greeting", "--issue", "--verbose"))
            rig.forge.fail("Poll", .unauthorized401)
            outputs.append(try await rig.clone.run("git-automerge", ["run", "--once", "--verbose"]))
            rig.forge.fail("Poll", .malformedAfter)
            outputs.append(try await rig.clone.run("git-automerge", ["run", "--once", "--verbose"]))
            rig.report()
            // What a kill leaves behind is looked through, too.
            let dying = rig.clone.with(environment: ["GITPATCH_FAULT": "forge.merge.intent"])
            let killed = try await dying.run("git-automerge", ["run", "--once", "--verbose"])
            #expect(killed.exitCode == 137, "\(killed)")
            outputs.append(killed)
            try await rig.runUntil { rig.merges == 1 }
            outputs.append(try await rig.patch("status", "--json"))
            outputs.append(try await rig.automerge("log"))
            #expect(rig.merges == 1)
            for output in outputs {
                #expect(!output.output.contains(FakeForge.token))
                #expect(!output.errorOutput.contains(FakeForge.token))
            }
            #expect(sampler.samples > 20)
            #expect(sampler.found.isEmpty)
            let places = [rig.clone.path, rig.clone.scratch.path + "/state", rig.clone.scratch.path + "/forge"]
            // Not by a program: its command line would hold the token.
            let secret = Data(FakeForge.token.utf8)
            for place in places {
                for case let file as String in FileManager.default.enumerator(atPath: place) ?? .init() {
                    let content = FileManager.default.contents(atPath: place + "/" + file)
                    #expect(content?.range(of: secret) == nil, "\(file)")
                }
            }
        }
    }
}

/// Looks at the command lines of every process, again and again.
final class Sampler: Sendable {
    private struct State {
        var samples = 0
        var found: Set<String> = []
        var isStopped = false
    }

    private let state = Mutex(State())

    init(looksFor secret: String) {
        let thread = Thread { [self] in
            let bytes = Data(secret.utf8)
            while !state.withLock({ $0.isStopped }) {
                for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
                    guard Int32(name) != nil, let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline")
                    else { continue }
                    if line.range(of: bytes) != nil {
                        state.withLock { _ = $0.found.insert(String(decoding: line, as: UTF8.self)) }
                    }
                }
                state.withLock { $0.samples += 1 }
                usleep(2000)
            }
        }
        thread.start()
    }

    var samples: Int { state.withLock { $0.samples } }
    var found: Set<String> { state.withLock { $0.found } }
    func stop() { state.withLock { $0.isStopped = true } }
}

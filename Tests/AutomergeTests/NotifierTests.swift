import Automerge
import Foundation
import GitValues
import Settings
import SuiteTestSupport
import Testing

/// Whoever is told of events holds nothing up and is not given away.
@Suite struct NotifierTests {
    private func tell(
        _ events: [String], to receiver: String, in here: Queue, patience: Double = 5
    ) async throws -> [String] {
        try await here.clone.git("config", "automerge.notify", receiver)
        let settings = try await Settings.load(git: here.git, committed: nil)
        let (stream, words) = AsyncStream.makeStream(of: String.self)
        let notifier = try #require(
            Notifier(settings: settings, remote: "origin", location: here.location, patience: patience) {
                words.yield($0)
            })
        for event in events { notifier.tell(.init(at: .now(), kind: event, text: event)) }
        await notifier.finish()
        words.finish()
        return await stream.reduce(into: []) { $0.append($1) }
    }

    @Test func theSecretPathOfAWebhookIsInNoWarning() async throws {
        let server = try LoopbackServer { _ in .answer(500) }
        defer { server.stop() }
        try await Queue.with { here in
            for address in [
                server.address + "/services/T0SECRET/B0SECRET?key=K0SECRET", "http://192.0.2.1/T0SECRET",
                "https://user:P0SECRET@[bad/T0SECRET", "HTTPS://hooks.example.com:notaport/T0SECRET",
            ] {
                let warnings = try await tell(["landed"], to: address, in: here)
                #expect(warnings.count == 1, "\(warnings)")
                #expect(!warnings.joined().contains("SECRET"), "\(warnings)")
            }
            #expect(
                try await tell(["landed"], to: server.address + "/T0SECRET", in: here).first?
                    .contains("'\(server.address)'") == true)
            let warnings = try await tell(["landed"], to: "false --token T0SECRET", in: here)
            #expect(warnings.first?.contains("the command of automerge.notify") == true, "\(warnings)")
        }
    }

    @Test func aReceiverThatDoesNotAnswerIsAskedOnce() async throws {
        let server = try LoopbackServer { _ in .hang }
        defer { server.stop() }
        try await Queue.with { here in
            let warnings = try await tell(
                ["landed", "ejected", "stop"], to: server.address + "/hook", in: here, patience: 0.5)
            #expect(server.requests.count == 1)
            #expect(warnings.count == 2, "\(warnings)")
            #expect(warnings.last?.contains("2 more events") == true, "\(warnings)")
        }
    }
}

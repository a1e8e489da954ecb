import Forge
import Foundation
import GitValues
import HTTP
import SuiteTestSupport
import Testing

/// No process uses a token before the forge wants to be asked again.
struct LimitTests {
    private static let start = Timestamp(seconds: 1_800_000_000)

    private static func connection(
        _ server: LoopbackServer, folder: String?, after seconds: Double
    ) throws -> ForgeConnection {
        let throttle = ForgeThrottle(folder: folder, host: "forge.example.com", token: "secret")
        return ForgeConnection(
            api: try HTTPURL(server.address), client: HTTPClient(), headers: [], throttle: throttle,
            now: { start.adding(seconds: seconds) })
    }

    private static func isResting(_ connection: ForgeConnection) -> Bool {
        do throws(ForgeFailure) {
            _ = try connection.call(.get, "anything")
            return false
        } catch {
            if case .rateLimited = error { return true }
            return false
        }
    }

    @Test(arguments: [
        ("Retry-After", "7200"), ("x-ratelimit-reset", "1800007200"),
        ("Retry-After", "Fri, 15 Jan 2027 10:00:00 GMT"),
    ])
    func aResetLaterThanAnHourIsWaitedFor(name: String, value: String) async throws {
        try await TestRepository.with { repository in
            let folder = repository.scratch.path + "/limits"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let server = try LoopbackServer { _ in .json(429, "{}", [(name, value)]) }
            defer { server.stop() }
            #expect(LimitTests.isResting(try LimitTests.connection(server, folder: folder, after: 0)))
            for seconds in [3601.0, 7199.0] {
                #expect(LimitTests.isResting(try LimitTests.connection(server, folder: folder, after: seconds)))
            }
            #expect(server.requests.count == 1)
            #expect(LimitTests.isResting(try LimitTests.connection(server, folder: folder, after: 7201)))
            #expect(server.requests.count == 2)
        }
    }

    @Test func aShorterLimitDoesNotEndALongerOne() async throws {
        try await TestRepository.with { repository in
            let throttle = ForgeThrottle(folder: repository.scratch.path, host: "forge.example.com", token: "secret")
            throttle.rest(until: LimitTests.start.adding(seconds: 7200))
            throttle.rest(until: LimitTests.start.adding(seconds: 60))
            #expect(throttle.until(now: LimitTests.start.adding(seconds: 100)) != nil)
            #expect(throttle.until(now: LimitTests.start.adding(seconds: 7201)) == nil)
        }
    }

    @Test(arguments: ["nan", "inf", "-5", "1e300", "soon"])
    func nonsenseIsAMinuteAtMostOrAsLongAsItSays(value: String) async throws {
        let server = try LoopbackServer { _ in .json(429, "{}", [("Retry-After", value)]) }
        defer { server.stop() }
        #expect(LimitTests.isResting(try LimitTests.connection(server, folder: nil, after: 0)))
    }

    @Test func withoutAPlaceToRememberItThisProcessStillDoes() async throws {
        let server = try LoopbackServer { _ in .json(429, "{}", [("Retry-After", "60")]) }
        defer { server.stop() }
        let connection = try LimitTests.connection(server, folder: nil, after: 0)
        for _ in 0..<3 { #expect(LimitTests.isResting(connection)) }
        #expect(server.requests.count == 1)
    }
}

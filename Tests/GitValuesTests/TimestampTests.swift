import Foundation
import GitValues
import SuiteTestSupport
import Testing

/// Times as RFC 3339, with Foundation as the oracle.
struct TimestampTests {
    @Test(arguments: 0..<4) func roundTripsAndAgreesWithFoundation(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed)
        let formatter = ISO8601DateFormatter()
        for _ in 0..<500 {
            let milliseconds = Int64.random(in: -62_167_219_200_000...253_402_300_799_999, using: &generator)
            let time = Timestamp(milliseconds: milliseconds)
            #expect(Timestamp(time.description) == time)
            guard milliseconds > -12_219_292_800_000 else { continue }  // Foundation's calendar is Julian before 1582.
            let whole = Timestamp(seconds: time.seconds)
            #expect(whole.description == formatter.string(from: Date(timeIntervalSince1970: Double(whole.seconds))))
        }
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2000-02-29T23:59:59.5Z", 951_868_799_500), ("1969-12-31T23:59:59.999Z", -1),
            ("2023-11-14T22:13:20.123456789Z", 1_700_000_000_123), ("2016-12-31T23:59:60Z", 1_483_228_800_000),
        ] as [(String, Int64)])
    func parses(_ text: String, _ milliseconds: Int64) {
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "2023-02-29T00:00:00Z", "2023-13-01T00:00:00Z", "2023-00-01T00:00:00Z", "2023-04-31T00:00:00Z",
        "+023-01-01T00:00:00Z", "2023-01-01T24:00:00Z", "2023-01-01T00:60:00Z", "2023-01-01T00:00:61Z",
        "2023-01-01T00:00:00", "2023-01-01T00:00:00.Z", "2023-01-01T00:00:00.1xZ", "2023-01-01T00:00:00+01:00",
        "2023-01-01 00:00:00Z", "2023-01-00T00:00:00Z", "２０２３-01-01T00:00:00Z",
    ])
    func refuses(_ text: String) { #expect(Timestamp(text) == nil) }

    @Test func extremesAreKeptInRange() {
        #expect(Timestamp(seconds: .max).description == "9999-12-31T23:59:59Z")
        #expect(Timestamp(milliseconds: .min).description == "0000-01-01T00:00:00Z")
        #expect(Timestamp(seconds: 0).adding(seconds: .infinity).description == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp(seconds: 7).adding(seconds: .nan) == Timestamp(seconds: 7))
        #expect(Timestamp(milliseconds: .max).seconds(since: Timestamp(milliseconds: .min)) > 3e11)
    }

    @Test func addsAndOrders() {
        let time = Timestamp(seconds: 1_700_000_000)
        #expect(time.adding(seconds: 1.25).milliseconds == 1_700_000_001_250)
        #expect(time.adding(seconds: -0.001) < time)
        #expect(time.adding(seconds: 90).seconds(since: time) == 90)
        #expect(Timestamp(milliseconds: -1).seconds == -1)
    }
}

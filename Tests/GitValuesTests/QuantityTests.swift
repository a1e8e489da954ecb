import GitValues
import Testing

/// Durations and sizes as configuration writes them and as people read them.
struct QuantityTests {
    @Test(
        arguments: [
            ("90", 90), ("1.5h", 5400), ("500ms", 0.5), ("5m", 300), ("2d", 172_800), ("0", 0), ("7s", 7),
        ] as [(String, Double)])
    func readsDurations(_ text: String, _ seconds: Double) { #expect(TimeSpan(text)?.seconds == seconds) }

    @Test(arguments: [
        "", "m", "-5m", "5 m", "5M", "5min", "1e3", ".5s", "5.", "5..1s", "1.2.3", "٣s", "0x10", "nan", "inf",
    ])
    func refusesOtherDurations(_ text: String) { #expect(TimeSpan(text) == nil) }

    @Test(
        arguments: [
            (0.085, "85 ms"), (0.9999, "1 s"), (2.44, "2.4 s"), (59.96, "1 m"), (200, "3 m 20 s"), (7500, "2 h 5 m"),
            (86_400, "1 d"), (273_600, "3 d 4 h"), (0, "0 ms"), (3599.9, "1 h"),
        ] as [(Double, String)])
    func writesDurationsForPeople(_ seconds: Double, _ text: String) {
        #expect(TimeSpan(seconds: seconds).description == text)
    }

    @Test func impossibleDurationsDoNoHarm() {
        #expect(TimeSpan(seconds: .nan).seconds == 0)
        #expect(TimeSpan(seconds: -3).seconds == 0)
        #expect(TimeSpan(seconds: .infinity).description.hasSuffix("h"))
        #expect(TimeSpan(String(repeating: "9", count: 308) + "d")?.description.isEmpty == false)
        #expect(TimeSpan(String(repeating: "9", count: 400)) == nil)
    }

    @Test(
        arguments: [
            ("50m", 52_428_800), ("512", 512), ("1.5g", 1_610_612_736), ("1K", 1024), ("0", 0), ("0.1k", 102),
        ] as [(String, Int64)])
    func readsSizes(_ text: String, _ bytes: Int64) { #expect(ByteSize(text)?.bytes == bytes) }

    @Test(arguments: ["", "k", "-1", "5mb", "5 m", "1t", "99999999999g", "1e3"])
    func refusesOtherSizes(_ text: String) { #expect(ByteSize(text) == nil) }

    @Test(
        arguments: [
            (0, "0 bytes"), (1, "1 byte"), (1023, "1023 bytes"), (1024, "1 KB"), (1536, "1.5 KB"),
            (52_428_800, "50 MB"),
            (1_048_575, "1 MB"), (Int64.max, "8388608 TB"),
        ] as [(Int64, String)])
    func writesSizesForPeople(_ bytes: Int64, _ text: String) { #expect(ByteSize(bytes: bytes).description == text) }
}

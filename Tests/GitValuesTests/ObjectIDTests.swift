import GitValues
import Testing

struct ObjectIDTests {
    @Test func hexRoundTrips() throws {
        let hex = "0123456789abcdef0123456789abcdef01234567"
        #expect(try #require(ObjectID(hex: hex)).hex == hex)
        #expect(ObjectID(hex: hex.uppercased())?.hex == hex)
    }

    @Test(arguments: ["", "00", String(repeating: "0", count: 40), String(repeating: "0", count: 64), "xyz"])
    func absenceIsNotAnID(_ text: String) {
        #expect(ObjectID(hex: text) == nil)
    }
}

import GitValues
import Testing

/// The lines of a pre-push hook.
struct PushUpdateTests {
    private let one = String(repeating: "1", count: 40)
    private let two = String(repeating: "2", count: 64)
    private let zero = String(repeating: "0", count: 40)

    @Test func readsUpdatesCreationsAndDeletions() throws {
        let text = """
            refs/heads/a \(one) refs/heads/b \(two)
            HEAD~1 \(one) refs/heads/c \(zero)
            (delete) \(zero) refs/heads/d \(one)

            """
        let updates = try #require(PushUpdate.parse(text))
        #expect(updates.map(\.localRef) == ["refs/heads/a", "HEAD~1", nil])
        #expect(updates.map(\.remoteRef) == ["refs/heads/b", "refs/heads/c", "refs/heads/d"])
        #expect(updates.map(\.isDeletion) == [false, false, true])
        #expect(updates.map { $0.remoteID?.hex } == [two, nil, one])
    }

    @Test func aLocalExpressionMayHoldSpaces() throws {
        let update = try #require(PushUpdate(line: ":/Fix the thing \(one) refs/heads/x \(zero)"))
        #expect(update.localRef == ":/Fix the thing")
    }

    @Test(arguments: ["x", "a b c", "a 123 refs/heads/x 0", "refs/heads/a  refs/heads/b 00"])
    func oneBadLineRefusesAll(_ line: String) {
        let good = "refs/heads/a \(one) refs/heads/b \(one)\n"
        #expect(PushUpdate.parse(good)?.count == 1)
        #expect(PushUpdate.parse(good + line + "\n") == nil)
    }

    @Test func recordIDsAreSixteenDigits() {
        var ids: Set<RecordID> = []
        for _ in 0..<1000 { ids.insert(.make()) }
        #expect(ids.count == 1000)
        #expect(ids.allSatisfy { RecordID($0.text) == $0 && $0.text.utf8.count == 16 })
        #expect(RecordID("0123456789ABCDEF") == nil && RecordID("012345678") == nil && RecordID("") == nil)
    }
}

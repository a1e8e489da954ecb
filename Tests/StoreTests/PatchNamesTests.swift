import GitValues
import Store
import Testing

/// What a user may call a patch by.
struct PatchNamesTests {
    private struct Named: NamedPatch {
        var id: RecordID
        var title = "title"
        var branch = "branch"
        var number: Int?
        var url: String?
        var isFinished = false
        var standing: String { isFinished ? "landed" : "open" }
    }

    private static func id(_ text: String) -> RecordID {
        RecordID(text + String(repeating: "0", count: 16 - text.count)) ?? .make()
    }

    private let patches = [
        Named(id: id("12aaaa"), title: "Fix it", branch: "patch/fix", number: 7, url: "https://forge/7"),
        Named(id: id("12aabb"), title: "Fix it", branch: "patch/again", number: 1234),
        Named(id: id("beef"), title: "Old", branch: "patch/again", number: 8, isFinished: true),
        Named(id: id("1234"), title: "12aa", branch: "patch/other", number: 9, isFinished: true),
    ]

    @Test(arguments: [
        ("12aaaa0000000000", [0]), ("12aaa", [0]), ("12aa", [0, 1]), ("12a", []), ("patch/fix", [0]),
        ("patch/again", [1]), ("#7", [0]), ("!7", [0]), ("7", [0]), ("https://forge/7", [0]), ("#1234", [1]),
        // The beginning of an id comes before a number without its mark.
        ("1234", [3]), ("Fix it", [0, 1]), ("Old", [2]), ("old", []), ("", []), ("#", []), ("#x", []), ("#99", []),
    ])
    func theMoreExactNameCounts(text: String, expected: [Int]) {
        #expect(patches.matching(text).map(\.id) == expected.map { patches[$0].id })
    }

    @Test func whatIsTakenBackIsMeantAsFinished() {
        #expect(patches.matching("patch/again", preferringFinished: true).map(\.id) == [patches[2].id])
        #expect(patches.matching("patch/fix", preferringFinished: true).map(\.id) == [patches[0].id])
    }

    @Test func aCandidateSaysEverythingThatTellsIt() {
        #expect(patches[2].candidate == "beef0000 'Old' on 'patch/again' (landed)")
    }
}

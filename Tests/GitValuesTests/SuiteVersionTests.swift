import Foundation
import GitValues
import Testing

/// The version is what the changelog says it is.
struct SuiteVersionTests {
    @Test func itIsTheNewestHeadingOfTheChangelog() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("CHANGELOG.md"), encoding: .utf8)
        let heading = try #require(text.split(separator: "\n").first { $0.hasPrefix("## ") })
        #expect(heading.dropFirst(3).split(separator: " ").first.map { $0.lowercased() } == SuiteVersion.text)
    }
}

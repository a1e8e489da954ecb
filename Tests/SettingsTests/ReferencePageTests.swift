import Foundation
import Settings
import SuiteTestSupport
import Testing

/// The page of the docs says what the table says.
struct ReferencePageTests {
    @Test func theDocsListEveryKey() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = root.appendingPathComponent("docs/configuration.md")
        if ProcessInfo.processInfo.environment["GITPATCH_WRITE_DOCS"] != nil {
            try KnownKeys.referencePage.write(to: page, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: page, encoding: .utf8) == KnownKeys.referencePage)
    }

    @Test func theTableIsWellKept() {
        let names = KnownKeys.all.map(\.name)
        #expect(Set(names).count == names.count, "no key stands twice")
        for definition in KnownKeys.all {
            #expect(definition.summary.hasSuffix("."), "\(definition.name)")
            #expect(!definition.summary.contains("\n") && definition.summary.count < 110, "\(definition.name)")
            #expect(definition.key.allSatisfy { $0.isASCII && $0.isLetter }, "git allows no other letters")
            #expect(
                !definition.summary.contains("|") && !definition.form.contains("|"), "it would break the docs' table")
        }
    }
}

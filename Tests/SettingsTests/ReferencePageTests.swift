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
        #expect(KnownKeys.sections == Set(KnownKeys.all.map { $0.name.prefix { $0 != "." && $0 != "[" }.lowercased() }))
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

    /// A key that is taken without a word and does nothing would be a lie.
    @Test func everyKeyIsUsed() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources")
        var text = ""
        for case let file as URL in FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
            ?? .init()
        where file.pathExtension == "swift" {
            // Which forge a remote belongs to is decided where the settings are, for programs that link no adapter.
            let isDeclaration = file.path.contains("/Sources/Settings/") && file.lastPathComponent != "ForgeSite.swift"
            if isDeclaration { continue }
            text += try String(contentsOf: file, encoding: .utf8)
        }
        for definition in KnownKeys.all where definition.section != "check" {
            let type =
                definition.section == "ci"
                ? "CI" : definition.section.prefix(1).uppercased() + definition.section.dropFirst()
            let isUsed = text.range(of: "\(type)Keys.\(definition.key)") != nil
            #expect(isUsed, "nobody reads \(definition.name)")
        }
    }
}

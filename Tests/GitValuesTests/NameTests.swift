import GitValues
import SuiteTestSupport
import Testing

/// Names of branches and references, with `git check-ref-format` as the oracle.
struct NameTests {
    @Test(arguments: 0..<4) func everyDescriptionGivesABranchName(_ seed: UInt64) async throws {
        try await TestRepository.with { repository in
            var generator = SeededGenerator(seed)
            for index in 0..<60 {
                let description = index % 2 == 0 ? anyUnicode(&generator) : nearlyForbidden(&generator)
                let slug = BranchSlug.make(from: description)
                let checked = try await repository.tryGit(["check-ref-format", "--branch", slug])
                #expect(checked.succeeded, "seed \(seed): \(description.debugDescription) gave '\(slug)'")
                #expect(slug.utf8.count <= BranchSlug.limit && !slug.hasPrefix("-") && !slug.contains("--"))
                #expect(ReferenceName(branch: "patch/" + slug) != nil)
                #expect(BranchSlug.make(from: slug) == slug, "a slug of a slug is the slug")
            }
        }
    }

    @Test(arguments: [
        ("Fix the greeting", "fix-the-greeting"), ("Don't panic!", "dont-panic"), ("🎉🎉", "patch"), ("...", "patch"),
        ("", "patch"), ("a..b.lock", "a-b-lock"), ("feat(x): Y\nsecond line", "feat-x-y-second-line"),
        ("Größe ändern", "größe-ändern"), ("修正する", "修正する"), ("HEAD", "head"), ("-rf /", "rf"), ("@{u}", "u"),
        ("İstanbul", "i\u{307}stanbul"),
    ])
    func slugsAreReadable(_ description: String, _ slug: String) { #expect(BranchSlug.make(from: description) == slug) }

    @Test func longDescriptionsAreCutBetweenWords() {
        let slug = BranchSlug.make(from: String(repeating: "many words ", count: 1000))
        #expect(slug == "many-words-many-words-many-words-many-words-many")
        #expect(BranchSlug.make(from: String(repeating: "é", count: 10_000)).utf8.count == 48)
        #expect(BranchSlug.make(from: "e" + String(repeating: "\u{301}", count: 10_000)).utf8.count <= 48)
        #expect(Array(BranchSlug.candidates("a").prefix(3)) == ["a", "a-2", "a-3"])
    }

    @Test(arguments: 0..<4) func referenceNamesAreGits(_ seed: UInt64) async throws {
        try await TestRepository.with { repository in
            var generator = SeededGenerator(seed)
            let pieces = [
                "a", "b", "/", ".", "..", "@", "{", "@{", "~", "^", ":", " ", "*", "?", "[", "\\", ".lock", "-", "é",
                "lock",
                "\u{7F}", "\u{1}", "x.lock/", "HEAD", "//", "\u{301}",
            ]
            for _ in 0..<80 {
                let name = "refs/" + generator.text(of: pieces, upTo: 5)
                let checked = try await repository.tryGit(["check-ref-format", name])
                #expect((ReferenceName(name) != nil) == checked.succeeded, "seed \(seed): \(name.debugDescription)")
                let branch = String(name.dropFirst(5))
                let asBranch = try await repository.tryGit(["check-ref-format", "--branch", branch])
                // `--branch` also expands "@{-1}" and the like, which are no names.
                guard !branch.contains("@{") else { continue }
                #expect(
                    (ReferenceName(branch: branch) != nil) == asBranch.succeeded, "\(seed): \(branch.debugDescription)")
            }
        }
    }

    @Test func headIsTheOnlyNameOutsideRefs() {
        #expect(ReferenceName("HEAD") == .head)
        #expect(ReferenceName("main") == nil && ReferenceName("FETCH_HEAD") == nil)
        #expect(ReferenceName(branch: "x")?.branch == "x" && ReferenceName.head.branch == nil)
        #expect(ReferenceName(branch: "-x") == nil && ReferenceName(branch: "HEAD") == nil)
    }

    @Test func namesThatLookAlikeAreDifferent() {
        #expect(ReferenceName("refs/heads/\u{E9}") != ReferenceName("refs/heads/e\u{301}"))
        #expect(Set([ReferenceName("refs/heads/\u{E9}"), ReferenceName("refs/heads/e\u{301}")]).count == 2)
        #expect(ReferenceName("refs/heads/\u{301}x")?.branch == "\u{301}x")
        #expect(ReferenceName(branch: "-\u{301}x") == nil, "git would read it as an option")
        #expect(
            [ReferenceName("refs/b"), ReferenceName("refs/a/b"), ReferenceName("refs/a")].compactMap { $0 }.sorted()
                .map(\.text) == ["refs/a", "refs/a/b", "refs/b"])
    }

    private func anyUnicode(_ generator: inout SeededGenerator) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...40, using: &generator) {
            let bound: UInt32 = generator.pick([0x7F, 0x7FF, 0xFFFF, 0x10FFFF]) ?? 0x7F
            if let scalar = Unicode.Scalar(UInt32.random(in: 0...bound, using: &generator)) { text.append(scalar) }
        }
        return String(text)
    }

    private func nearlyForbidden(_ generator: inout SeededGenerator) -> String {
        generator.text(
            of: [
                ".lock", "..", "@{", "~", "/", "\\", "-", "'", "a", "B", " ", "\n", "\u{0}", "\u{301}", "\u{200D}", "👍🏽",
                "é",
                "İ", "ǅ", "ß", "٣", "[", "HEAD", "--", ".", "\u{202E}",
            ], upTo: 20)
    }
}

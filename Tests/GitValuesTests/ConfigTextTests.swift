import GitValues
import Testing

/// The syntax of git-config(1), a rule each.
struct ConfigTextTests {
    @Test func readsSectionsSubsectionsAndKeys() throws {
        let text = try parse(
            """
            [Patch]
                branchPrefix = patch/ ; a comment
                Bare
            [check "Unit \\"x\\" \\\\ y"]
                run = swift test   # another
            [legacy.Sub]
                key = "a # b"

            """)
        #expect(
            text.entries.map(\.name) == [
                "patch.branchprefix", "patch.bare", #"check.Unit "x" \ y.run"#, "legacy.sub.key",
            ])
        #expect(text.entries.map(\.value) == ["patch/", nil, "swift test", "a # b"])
        #expect(text.entries.map(\.line) == [2, 3, 5, 7])
        #expect(text.headers.map(\.line) == [1, 4, 6])
    }

    @Test(arguments: [
        ("a = x\\\n  y\\\n z", "x  y z"), ("a = \"  x  \"  ", "  x  "), ("a = b \"c # d\" e;f", "b c # d e"),
        (#"a = \t\n\b\"\\"#, "\t\n\u{8}\"\\"), ("a =", ""), ("a=x", "x"), ("a\t =\t x", "x"), ("a = x\r", "x"),
        ("a = x \\\n# a comment", "x "), ("a = x\\", "x"), ("a = \"x \"  y", "x   y"),
        ("a = x # \"", "x"), ("a = ''", "''"),
    ])
    func readsValues(_ line: String, _ value: String) throws {
        #expect(try parse("[s]\n" + line).entries.map(\.value) == [value])
        #expect(try parse("[s]\r\n" + line + "\r\n").entries.map(\.value) == [value])
    }

    @Test func emptySectionsAreSeen() throws {
        let text = try parse("[a]\n[b \"\"]\n[c.d \"e.f\"] k = v\n")
        #expect(text.headers.map(\.section) == ["a", "b", "c"])
        #expect(text.headers.map(\.subsection) == [nil, "", "d.e.f"])
        #expect(text.entries.map(\.name) == ["c.d.e.f.k"])
    }

    @Test func byteOrderMarkAndNonUTF8AreKeptApart() throws {
        let entries = try ConfigText.parse([0xEF, 0xBB, 0xBF] + Array("[a]\nk = ".utf8) + [0xE4, 0x0A]).entries
        #expect(entries.map(\.bytes) == [[0xE4]])
        #expect(throws: ConfigSyntaxError.self) { try ConfigText.parse([0xEF, 0xBB] + Array("[a]".utf8)) }
    }

    @Test(arguments: [
        ("[a]\n= x", 2), ("[a]\nk v", 2), ("[a\nk = v", 1), ("[a \"b]\nk", 1), ("[a b]\n", 1), ("[]\n", 1),
        ("[a]\n\n\nk = \"x\n", 4), ("[a]\nk = \\x\n", 2), ("[a]\nk # c\n", 2), ("[a]\n1k = v\n", 2), ("[a_b]\n", 1),
        ("[a]\nk = x\\\n\"y\nz = 1\n", 3), ("[a \"b\"x]\n", 1), ("[a]\nk_x = 1\n", 2), ("[a]\nk = a\0b", 2),
    ])
    func errorsNameTheirLine(_ source: String, _ line: Int) {
        let error = #expect(throws: ConfigSyntaxError.self) { try parse(source) }
        #expect(error?.line == line)
    }

    @Test(
        arguments: [
            ("a.b", "a", nil, "b"), ("A.B.C", "a", "B", "c"), ("a.b.c.d", "a", "b.c", "d"), ("x", "", nil, "x"),
            ("a..b", "a", "", "b"), ("a.\u{301}x.b", "a", "\u{301}x", "b"),
        ] as [(String, String, String?, String)])
    func namesSplitAndJoin(_ name: String, _ section: String, _ subsection: String?, _ key: String) {
        let parts = ConfigName.split(name)
        #expect(parts.section == section && parts.subsection == subsection && parts.key == key)
        #expect(ConfigName.canonical(name) == ConfigName.join(section, subsection, key))
    }
}

private func parse(_ text: String) throws(ConfigSyntaxError) -> ConfigText { try ConfigText.parse(Array(text.utf8)) }

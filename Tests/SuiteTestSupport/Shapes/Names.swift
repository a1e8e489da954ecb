/// Names and contents of files that have made tools stumble.
extension Randomness {
    /// A name without a slash.
    mutating func name() -> [UInt8] {
        let plain = [
            "a", "b", "c", "d", "file", "x.txt", "y.log", "z.bin", "Makefile", "main.c", "a.txt", "a-b", "a.b", "ab",
        ]
        let odd = [
            "with space", "tab\there", "new\nline", "quote\"d", "back\\slash", "*", "[x]", "?", "#hash", "!bang",
            "-dash",
            "é", "e\u{301}", "日本", "a~", ".hidden", "..dots", "trailing ", "a*b", "[a-z]", "\\*", ".gitkeep", ".github",
        ]
        if oneIn(12) { return [0x66, 0xFF, 0xFE, 0x6F] }
        return Array((oneIn(4) ? pick(odd) : pick(plain)).utf8)
    }

    /// The name of a folder.
    mutating func folderName() -> [UInt8] {
        Array(
            pick(["dir", "src", "lib", "a", "b", "deep", "a.d", "a-d", "out", "doc", "d d", "[dir]", "log", "ünï"]).utf8
        )
    }

    /// A path, at most three folders deep.
    mutating func path() -> [UInt8] {
        var path: [UInt8] = []
        for _ in 0..<pick([0, 0, 1, 1, 1, 2, 2, 3]) { path += folderName() + [UInt8(ascii: "/")] }
        return path + name()
    }

    /// A file's content: empty, text of every kind of line ending, keywords, bytes.
    mutating func content() -> [UInt8] {
        var lines: [[UInt8]] = []
        for _ in 0..<number(0...6) {
            lines.append(
                Array(
                    pick(["alpha", "beta", "gamma \(number(0...99))", "$Id$", "$Id: old $", "$Id: open", "", "ä"]).utf8)
            )
        }
        let text: [UInt8]
        switch number(0...9) {
        case 0: text = []
        case 1, 2: text = Array(lines.joined(separator: [0x0D, 0x0A])) + [0x0D, 0x0A]
        case 3: text = Array(lines.joined(separator: [0x0A])) + [0x0D, 0x0A] + Array("mixed\n".utf8)
        case 4: text = Array(lines.joined(separator: [0x0D])) + [0x0D]
        case 5: text = (0..<number(1...300)).map { _ in UInt8.random(in: 0...255, using: &self) }
        case 6: text = Array(lines.joined(separator: [0x0D, 0x0A])) + [0]
        default: text = Array(lines.joined(separator: [0x0A])) + [0x0A]
        }
        return oneIn(8) ? text + Array("\(next())".utf8) : text
    }

    /// A line for an ignore file.
    mutating func ignorePattern() -> String {
        pick([
            "*.log", "*.bin", "/a", "a/", "b", "dir/", "src/*.txt", "**/deep", "deep/**", "a/**/b", "!*.log", "!a.txt",
            "!keep/", "*", "!*/", "[ab]", "[!a]*", "?", "\\#hash", "\\!bang", "trailing\\ ", "x.txt ", "*.b[i]n", "out",
            "/out/", "doc/*", "!doc/a", "# comment", "", "lib/**/a", "**/*.txt", "[[:alpha:]]", "a*b", "\\*", "*\\ *",
            "foo**bar", "/*", "!/src", "!/dir/", "a-[a-c]", "[]-]", "[a", "d d/", "src/a", "!src/a/", "ünï", "/**/c",
            "*/d",
        ])
    }

    /// A line for an attributes file.
    mutating func attributeLine() -> String {
        let pattern = pick([
            "*", "*.txt", "*.log", "a", "src/*", "dir/**", "**/a", "/b", "[ab]*", "\"with space\"", "*.bin", "deep/",
        ])
        let words = [
            "text", "-text", "text=auto", "!text", "eol=lf", "eol=crlf", "crlf", "-crlf", "crlf=input", "ident",
            "-ident",
            "binary", "text=auto eol=crlf", "diff=c", "merge=union", "export-ignore", "mine", "-mine", "filter=unknown",
        ]
        return "\(pattern) \(pick(words))" + (oneIn(3) ? " \(pick(words))" : "")
    }
}

import GitValues
import Settings
import Testing

/// Every mistake in a committed file is told, with file, line and key; nothing outside a check may be set there.
struct CommittedFileTests {
    @Test(arguments: [
        // What is wrong, where, and with what code.
        ("[patch]\n\ttarlget = main\n", 2, "config-unknown-key", "key 'patch.tarlget' is not known"),
        ("[patchs]\n\ttarget = main\n", 1, "config-unknown-section", "section [patchs] is not known"),
        ("[patch \"x\"]\n\ttarget = main\n", 1, "config-unknown-section", "section [patch \"x\"] is not used"),
        ("[check]\n\trun = x\n", 1, "config-unknown-section", "section [check] needs a name"),
        ("[check \"\"]\n\trun = x\n", 1, "config-unknown-section", "section [check \"\"] is not used"),
        ("\n[automerge]\n\tdelay = soon\n", 3, "config-bad-value", "'soon' is no value for 'automerge.delay'"),
        ("[automerge]\n\tdelay\n", 2, "config-bad-value", "'true' is no value for 'automerge.delay'"),
        ("[automerge]\n\tmethod = octopus\n", 2, "config-bad-value", "it takes squash, merge, rebase or auto"),
        ("[automerge]\n\tapprovals = -1\n", 2, "config-bad-value", "a whole number from 0 to 100"),
        ("[automerge]\n\trollback = maybe\n", 2, "config-bad-value", "true or false"),
        ("[automerge]\n\tnotify = rm -rf ~\n", 2, "config-forbidden-key", "it runs outside a check"),
        ("[automerge]\n\tapprovers = me@x\n", 2, "config-forbidden-key", "cannot set 'automerge.approvers'"),
        ("[forge \"evil.example\"]\n\ttype = github\n", 2, "config-forbidden-key", "tokens are sent there"),
        ("[forge \"github.com\"]\n\tapi = https://evil.example\n", 2, "config-forbidden-key", "tokens are sent there"),
        ("[validate]\n\tremoteCache = https://x\n", 2, "config-forbidden-key", "verdicts may only come from"),
        ("[validate \"main\"]\n\tjobs = 3\n", 2, "config-unknown-key", "key 'validate.main.jobs' is not known"),
        (
            "[include]\n\tpath = /etc/passwd\n", 1, "config-unknown-section",
            "is git's own; a committed file cannot set it"
        ),
        ("[credential]\n\thelper = !sh\n", 1, "config-unknown-section", "git's own"),
        ("[core]\n\thooksPath = .evil\n", 1, "config-unknown-section", "git's own"),
        ("[alias]\n\tpush = !sh\n", 1, "config-unknown-section", "git's own"),
        (
            "[url \"https://evil.example/\"]\n\tinsteadOf = https://github.com/\n", 1, "config-unknown-section",
            "git's own"
        ),
        ("key = before any section\n", 1, "config-unknown-key", "key 'key' is not known"),
        ("[patch\n", 1, "config-syntax", "no closing bracket"),
        ("[patch]\ntarget = \"x\n", 2, "config-syntax", "not closed"),
        ("[patch]\n\ttarget = ../x..y\n", 2, "config-bad-value", "the name of a branch"),
        ("[patch]\n\tmaxFileSize = 50mb\n", 2, "config-bad-value", "a size"),
        ("[check \"a\"]\n\trun = x\n\tpath = !x\n", 3, "config-bad-value", "a path pattern"),
        ("[check \"a\"]\n\trun = x\n\tcacheDir = ../up\n", 3, "config-bad-value", "inside the repository"),
        ("[check \"a\"]\n\trun = x\n\tcacheDir = a/.git/b\n", 3, "config-bad-value", "inside the repository"),
        ("[check \"a\"]\n\trun = x\n\tcacheDir = /tmp\n", 3, "config-bad-value", "inside the repository"),
        ("[check \"a\"]\n\trun = x\n\ttimeout = 0\n", 3, "config-bad-value", "above zero"),
        ("[check \"a\"]\n\trun = x\n\tenv = A=B\n", 3, "config-bad-value", "environment variable"),
        ("[check \"a\"]\n\trun =\n", 2, "config-bad-value", "a text that is not empty"),
        ("[check \"a\"]\n\ttier = quick\n", 1, "config-bad-check", "check 'a' has no 'run'"),
        ("[check \"a\"]\n\trun = x\n\tneeds = b\n", 1, "config-bad-check", "needs 'b', which is not defined"),
        ("[check \"a\"]\n\trun = x\n\tneeds = a\n", 1, "config-bad-check", "check 'a' needs 'a'"),
        ("[check \"a\\\u{7}b\"]\n\trun = x\n", 1, "config-bad-check", "must be plain text"),
        ("[environment \"e\"]\n\tpath = ..\n", 2, "config-bad-value", "inside the repository"),
        ("[ci]\n\tmaxCost = -1\n", 2, "config-bad-value", "an amount"),
    ])
    func mistakesAreTold(_ text: String, _ line: Int, _ code: String, _ words: String) throws {
        let error = try #require(throws: SettingsError.self) { try Settings.committedOnly(file(text)) }
        #expect(error.problems.count == 1 && error.exitStatus == 78)
        #expect(error.problemCode == code)
        #expect(error.description.hasPrefix("main:.gitpatch:\(line): "), "\(error)")
        #expect(error.description.contains(words), "\(error)")
        #expect(error.problemPaths == [".gitpatch"])
    }

    @Test func allMistakesAreToldAtOnceInTheirOrder() throws {
        let text = """
            [patch]
                targt = main
                maxFileSize = huge
            [unknown]
                a = 1
                b = 2
            [check "x"]
                tier = slow
            """
        let error = try #require(throws: SettingsError.self) { try Settings.committedOnly(file(text)) }
        #expect(error.problems.map(\.origin.line) == [2, 3, 4, 7, 8])
        #expect(error.hints == ["did you mean 'patch.target'?"])
        #expect(error.description.split(separator: "\n").count == 5)
    }

    @Test(arguments: [
        "", "# nothing\n", "[patch]\n", "[check \"a\"]\nrun = x\n[check \"b\"]\nrun = y\nneeds = a\n",
        "\u{FEFF}[PATCH]\r\n\tBRANCHPREFIX = p/\r\n", "[validate \"release/1.0\"]\n\tprePush = complete\n",
        "[validate \"quick\"]\n\ttarget = 1m\n\tprePush = quick\n", "[automerge]\n\trequiredCheck =\n",
        "[automerge]\n\trollback\n", "[patch]\n\tbranchPrefix = \"\"\n",
        "[environment \"e\"]\n\tsetup = make deps\n\tkey = lock\n\tkey = make --version\n\tpath = deps/\n",
    ])
    func whatIsRightPasses(_ text: String) throws { _ = try Settings.committedOnly(file(text)) }

    /// git takes an unquoted ; or # for a comment: what it cuts off a command would silently not run.
    @Test(arguments: [
        "run = make; exit 1", "run = make ; exit 1", "run = echo a#b", "run = grep '# x' f",
        "tool = cc --version;ld -v",
    ])
    func aCommandThatIsCutIsRefused(_ line: String) throws {
        let run = line.hasPrefix("run") ? "" : "run = x\n"
        let error = try #require(throws: SettingsError.self) {
            try Settings.committedOnly(file("[check \"a\"]\n\(run)\(line)\n"))
        }
        #expect(error.problems.count == 1 && error.problemCode == "config-bad-value")
        #expect(error.problems.first?.origin.line == (run.isEmpty ? 2 : 3))
        #expect(error.description.contains("main:.gitpatch") && error.description.contains("is cut at"))
    }

    @Test(arguments: [
        "run = \"make; exit 1\"", "run = make  # all of it", "run = make \";\" x", "run = a\n; a comment",
    ])
    func aCommandThatIsWholePasses(_ line: String) throws {
        _ = try Settings.committedOnly(file("[check \"a\"]\n\(line)\n"))
    }

    @Test func everyKeyIsHeldToItsTableEntry() throws {
        for definition in KnownKeys.all {
            let header: String
            switch definition.subsection {
            case .none, .optional: header = "[\(definition.section)]"
            case .required: header = "[\(definition.section) \"x\"]"
            }
            let run = definition.section == "check" && definition.key != "run" ? "\trun = x\n" : ""
            let text = "\(header)\n\(run)\t\(definition.key) = !../no//value\n"
            let result = Result { try Settings.committedOnly(file(text)) }
            switch definition.places {
            case .gitConfig:
                let error = try #require(throws: SettingsError.self) { try result.get() }
                #expect(error.problemCode == "config-forbidden-key", "\(definition.name)")
            case .everywhere, .committedFile:
                // Keys that take any text have nothing to refuse.
                if definition.form == "a text that is not empty" { continue }
                let error = try #require(throws: SettingsError.self) { try result.get() }
                #expect(error.problemCode == "config-bad-value", "\(definition.name)")
                #expect(error.problems.first?.key?.hasSuffix("." + definition.key) == true)
            }
        }
    }

    @Test func bytesThatAreNoTextAreRefusedWhereTextIsWanted() throws {
        let bytes = Array("[check \"a\"]\n\trun = ".utf8) + [0xFF, 0x0A]
        let error = try #require(throws: SettingsError.self) {
            try Settings.committedOnly(CommittedFile(bytes: bytes, origin: "x"))
        }
        #expect(error.problemCode == "config-bad-value")
    }

    @Test func aHugeFileIsReadInNoTime() throws {
        // 20,000 headers with a key each: quadratic work would take minutes.
        let text = (0..<20_000).map { "[patch]\n\tbranchPrefix = p\($0)/\n" }.joined()
        #expect(try Settings.committedOnly(file(text))[PatchKeys.branchPrefix] == "p19999/")
    }
}

private func file(_ text: String) -> CommittedFile { CommittedFile(bytes: Array(text.utf8), origin: "main:.gitpatch") }

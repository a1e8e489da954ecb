import GitValues
import Settings
import SuiteTestSupport
import Testing

/// Checks as the committed file defines them.
struct CheckDefinitionTests {
    @Test func everyFieldIsRead() throws {
        let checks = try Settings.committedOnly(
            committed(
                """
                [check "build"]
                    run = swift build
                    tier = quick
                [check "unit"]
                    run = swift test \\
                        --parallel
                    tier = complete
                    needs = build
                    path = Sources/**
                    path = *.md
                    input = Sources/
                    cacheDir = .build/
                    env = SWIFT_*
                    env = PATH
                    tool = swift --version
                    timeout = 90
                    retries = 2
                    isolated
                    sandbox = yes
                    exclusive = display
                    artifact = out/report.xml
                """)
        ).checks
        #expect(checks.map(\.name) == ["build", "unit"])
        let build = checks[0]
        #expect(build.tier == .quick && build.timeout == TimeSpan(seconds: 600) && build.retries == 0)
        #expect(!build.isolated && !build.sandbox && build.needs.isEmpty && build.paths.isEmpty && build.line == 1)
        let unit = checks[1]
        #expect(unit.run == "swift test         --parallel" && unit.tier == .complete && unit.needs == ["build"])
        #expect(
            unit.paths.map(\.description) == ["Sources/**", "*.md"] && unit.inputs.map(\.description) == ["Sources/"])
        #expect(unit.cacheDirs == [".build"] && unit.env == ["SWIFT_*", "PATH"] && unit.tools == ["swift --version"])
        #expect(unit.timeout == TimeSpan(seconds: 90) && unit.retries == 2 && unit.isolated && unit.sandbox)
        #expect(unit.exclusive == ["display"] && unit.artifacts == ["out/report.xml"] && unit.line == 4)
    }

    @Test func aCheckWithoutTierIsStandardAndTiersAreCumulative() throws {
        let check = try #require(try Settings.committedOnly(committed("[check \"a\"]\nrun = x\n")).checks.first)
        #expect(check.tier == .standard)
        #expect(Tier.complete.includes(.quick) && Tier.standard.includes(.standard) && !Tier.quick.includes(.standard))
    }

    @Test func sectionsOfOneNameAreOneCheck() throws {
        let checks = try Settings.committedOnly(
            committed("[check \"a\"]\nrun = x\n[check \"b\"]\nrun = y\n[check \"a\"]\nrun = z\nneeds = b\n")
        ).checks
        #expect(checks.map(\.name) == ["a", "b"] && checks[0].run == "z" && checks[0].needs == ["b"])
    }

    @Test func pathsAndVariables() throws {
        var check = CheckDefinition(name: "a", run: "x")
        #expect(check.concerns([Array("anything".utf8)]) && check.concerns([[UInt8]]()))
        check.paths = [try PathPattern("Sources/**")]
        #expect(check.concerns([Array("README".utf8), Array("Sources/a".utf8)]))
        #expect(!check.concerns([Array("README".utf8)]))
        check.env = ["SWIFT_*", "HOME"]
        #expect(check.mayRead(variable: "SWIFT_X") && check.mayRead(variable: "HOME"))
        #expect(
            !check.mayRead(variable: "HOMER") && !check.mayRead(variable: "swift_x") && !check.mayRead(variable: "PATH")
        )
    }

    @Test(arguments: [
        ("a>b b>c c>a", "check 'a' needs 'b' needs 'c' needs 'a': a check cannot wait for itself"),
        ("a>b b>b", "check 'b' needs 'b': a check cannot wait for itself"),
        ("a>b b>c c>d d>b", "check 'b' needs 'c' needs 'd' needs 'b': a check cannot wait for itself"),
    ])
    func circlesAreTold(_ edges: String, _ words: String) throws {
        let error = try #require(throws: SettingsError.self) { try Settings.committedOnly(graph(edges)) }
        #expect(error.problems.map(\.message) == [words])
    }

    @Test(arguments: ["a>b b>c a>c c>", "a> b> c>", "d>c c>b b>a a>"])
    func graphsWithoutCirclesPass(_ edges: String) throws {
        #expect(try Settings.committedOnly(graph(edges)).checks.isEmpty == false)
    }

    @Test func gitConfigurationAddsNoCheck() async throws {
        try await withRepository { repository in
            try await repository.git("config", "check.evil.run", "rm -rf ~")
            try await repository.git("config", "check.unit.run", "true")
            let settings = try await load(repository, committed("[check \"unit\"]\nrun = swift test\n"))
            #expect(settings.checks.map(\.run) == ["swift test"])
            #expect(settings.notices.count == 2)
            #expect(settings.notices.allSatisfy { $0.message.contains("has no effect here") })
        }
    }

    @Test func aCheckIsSplitIntoItsParts() throws {
        let text = "[check \"a\"]\nrun = x\nshards = 3\ninput = *.c\n[check \"b\"]\nrun = y\n"
        let checks = try Settings.committedOnly(committed(text)).checks
        #expect(checks.map(\.shards) == [3, 1])
        #expect(checks[0].parts.map(\.name) == ["a 1/3", "a 2/3", "a 3/3"])
        #expect(checks[0].parts.allSatisfy { $0.run == "x" && $0.inputs == checks[0].inputs && $0.shard?.check == "a" })
        #expect(checks[1].parts == [checks[1]] && checks[1].shard == nil)
        #expect(Shard(of: "a", 0, of: 3) == nil && Shard(of: "a", 4, of: 3) == nil && Shard(of: "a", 1, of: 0) == nil)
    }

    @Test(arguments: [
        ("shards = 1", "'1' is no value for 'check.a.shards': it takes a whole number from 2 to 64"),
        ("shards = 65", "from 2 to 64"), ("shards = x", "from 2 to 64"),
        ("shards = 2\nartifact = out", "check 'a' has 'shards', so it cannot have an 'artifact'"),
        ("shards = 2\nreport = r.sarif", "the parts of check 'a' would write one 'report'"),
        ("shards = 2\n[check \"a 3/4\"]\nrun = x", "check 'a 3/4' is called like a part of check 'a'"),
    ])
    func partsThatCannotBeAreRefused(_ lines: String, _ words: String) throws {
        let file = committed("[check \"a\"]\nrun = x\n\(lines)\n")
        let error = try #require(throws: SettingsError.self) { try Settings.committedOnly(file) }
        #expect(error.problems.contains { $0.message.contains(words) }, "\(error.problems)")
    }

    @Test func namesThatOnlyLookLikePartsAreFine() throws {
        let text =
            "[check \"a\"]\nrun = x\nshards = 2\nreport = r\nisolated\n[check \"a b/c\"]\nrun = x\n[check \"b 1/2\"]\nrun = x\n"
        #expect(try Settings.committedOnly(committed(text)).checks.count == 3)
    }

    private func graph(_ edges: String) -> CommittedFile {
        var needs: [String: [String]] = [:]
        for edge in edges.split(separator: " ") {
            let parts = edge.split(separator: ">", omittingEmptySubsequences: false).map(String.init)
            needs[parts[0], default: []] += parts[1].isEmpty ? [] : [parts[1]]
            if !parts[1].isEmpty { needs[parts[1], default: []] += [] }
        }
        let text = needs.sorted { $0.key < $1.key }.map { name, needs in
            "[check \"\(name)\"]\n\trun = x\n" + needs.map { "\tneeds = \($0)\n" }.joined()
        }
        return committed(text.joined())
    }
}

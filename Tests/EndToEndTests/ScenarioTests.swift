import SuiteTestSupport
import Testing

/// The executables as a person meets them, one file of `Scripts` each.
struct ScenarioTests {
    @Test(arguments: try Scenario.all()) func endsAsSaid(_ scenario: Scenario) async throws {
        try await TestRepository.with { repository in
            var run = ScenarioRun(repository)
            try await run.run(scenario)
        }
    }

    @Test func thereAreScenarios() throws {
        #expect(try Scenario.all().count > 20)
    }
}

/// The script language itself: a runner that accepts anything proves nothing.
struct ScenarioLanguageTests {
    private func problems(_ text: String) async throws -> [String] {
        let scenario = try Scenario(name: "test", text: text)
        guard case .run(let command) = scenario.steps.last else { return ["no command"] }
        return try await Scratch.with { scratch in
            let result = try await runCommand(
                "/bin/sh", ["-c", command.line], in: scratch.path, environment: ["PATH": "/usr/bin:/bin"])
            return command.problems(result) { $0 }
        }
    }

    @Test(arguments: [
        "$ echo a; echo b\n> a\n> b", "$ echo a; echo b\n> ...", "$ echo a; echo b\n> ...\n> b", "$ true",
        "$ exit 3\n? 3", "$ echo one two three\n> one*three", "$ echo x >&2\n2> x\n~ x\n!~ y", "$ echo a\n> a\n> ...",
        "$ echo abcabc\n> a*c*bc",
    ])
    func whatIsSoPasses(_ text: String) async throws {
        #expect(try await problems(text) == [])
    }

    @Test(arguments: [
        "$ echo a; echo b\n> a", "$ echo a\n> a\n> b", "$ exit 3", "$ true\n? 1", "$ echo one two\n> one*three",
        "$ echo x\n!~ x", "$ echo x\n~ y", "$ echo x >&2\n2> y", "$ echo x\n> ", "$ echo b; echo a\n> ...\n> b",
        "$ echo ab\n> ab*b",
    ])
    func whatIsNotSoFails(_ text: String) async throws {
        #expect(try await problems(text) != [])
    }

    @Test(arguments: ["? 1", "nonsense", "$ x\n? one", "set X", "    indented"])
    func whatIsNotUnderstoodIsAnError(_ text: String) {
        #expect(throws: Scenario.Malformed.self) { try Scenario(name: "test", text: text) }
    }
}

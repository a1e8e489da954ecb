import Testing

@testable import Validation

/// What test runners say of how many tests they ran.
struct TestTallyTests {
    private func findsNone(_ lines: String...) -> Bool {
        let tally = TestTally()
        // In pieces, as output comes.
        for byte in lines.joined(separator: "\n").utf8 { tally.take([byte]) }
        return tally.foundNoTest
    }

    @Test(arguments: [
        "\t Executed 0 tests, with 0 failures (0 unexpected) in 0.000 (0.000) seconds",
        "✔ Test run with 0 tests in 0 suites passed after 0.001 seconds.", "running 0 tests",
        "Ran 0 tests in 0.000s", "collected 0 items", "============= no tests ran in 0.01s =============",
        "collected 0 items / 1 deselected", "No tests found, exiting with code 0",
        "No test files found, exiting with code 0", "# tests 0", "ℹ tests 0", "1..0", "0 examples, 0 failures",
        "  0 passing (1ms)", "0 runs, 0 assertions, 0 failures, 0 errors, 0 skips", "No tests were found!!!",
        "Tests Passed: 0, Failed: 0, Skipped: 0 NotRun: 0", "[INFO] Tests run: 0, Failures: 0, Errors: 0",
        "?   \texample.com/x\t[no test files]", "ok  \texample.com/x\t0.01s [no tests to run]",
        "\u{1B}[32m✔\u{1B}[0m Test run with 0 tests passed", "error: no tests to run",
    ])
    func aRunnerThatFoundNothingIsUnderstood(_ line: String) { #expect(findsNone(line), "\(line)") }

    @Test(arguments: [
        "\t Executed 3 tests, with 0 failures (0 unexpected) in 0.000 (0.000) seconds", "running 12 tests",
        "Ran 4 tests in 0.1s", "collected 7 items", "# tests 2", "1..5", "3 examples, 0 failures",
        "Tests Passed: 0, Failed: 2, Skipped: 0", "ok  \texample.com/x\t0.01s", "ok  \texample.com/x\t(cached)",
        "ok 1 - adds", "everything is fine", "", "tests 0 to 9 are skipped by hand", "0 examples of misuse found",
        "0 passing cars", "0 runs, 3 walks",
    ])
    func othersAreNot(_ line: String) { #expect(!findsNone(line), "\(line)") }

    @Test func severalRunnersAreAddedUp() {
        #expect(
            !findsNone(
                "Executed 0 tests, with 0 failures (0 unexpected) in 0.000 (0.000) seconds",
                "✔ Test run with 5 tests in 1 suite passed after 0.001 seconds."))
        #expect(findsNone("running 0 tests", "noise", "running 0 tests"))
        #expect(!findsNone("?   \ta\t[no test files]", "ok  \tb\t0.1s"))
    }
}

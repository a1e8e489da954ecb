import Foundation
import SuiteTestSupport
import Testing

@testable import Validation

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
private func text(_ names: [[UInt8]]) -> [String] { names.map { String(decoding: $0, as: UTF8.self) } }

private func parts(_ names: [String], of count: Int, _ times: [String: Double] = [:]) throws -> [[String]] {
    let names = try Split.names(in: bytes(names.joined(separator: "\n")))
    return try (1...count).map { number in
        let choice = try #require(ShardChoice("\(number)/\(count)"))
        return text(Split.part(choice, of: names) { times[String(decoding: $0, as: UTF8.self)] })
    }
}

/// Names divided among parts.
struct SplitTests {
    @Test func everyNameIsInOnePartWhateverTheOrder() throws {
        var random = SplitMix(state: 7)
        for _ in 0..<60 {
            let names = (0..<Int(random.next() % 40 + 1)).map { "t\($0)" }
            let known = names.filter { _ in random.unit() < 0.6 }
            let times = Dictionary(uniqueKeysWithValues: known.map { ($0, random.unit() * 100) })
            let count = Int(random.next() % 9) + 1
            let first = try parts(names, of: count, times)
            #expect(first.flatMap { $0 }.sorted() == names.sorted())
            #expect(try parts(names.shuffled(using: &random) + names, of: count, times) == first)
        }
    }

    @Test func theLongestComeFirstAndTheUnknownCountAsTheMedian() throws {
        let times = ["a": 8.0, "b": 7, "c": 6, "d": 5, "e": 4]
        #expect(try parts(["a", "b", "c", "d", "e"], of: 2, times) == [["a", "d", "e"], ["b", "c"]])
        // The median is 6: with it the two that nobody knows go apart.
        #expect(try parts(["a", "b", "x", "y"], of: 2, ["a": 6, "b": 6]) == [["a", "x"], ["b", "y"]])
        #expect(try parts(["a", "b", "c"], of: 3) == [["a"], ["b"], ["c"]])
        #expect(try parts(["a"], of: 3) == [["a"], [], []])
    }

    @Test func timesThatAreNoneDoNoHarm() throws {
        let times: [String: Double] = ["a": .nan, "b": -5, "c": .infinity, "d": 1e300, "e": 0, "f": 0]
        let names = ["a", "b", "c", "d", "e", "f"]
        let both = try parts(names, of: 2, times)
        #expect(both.flatMap { $0 }.sorted() == names)
        let zeros = try parts(names, of: 3, Dictionary(uniqueKeysWithValues: names.map { ($0, 0) }))
        #expect(zeros.map(\.count) == [2, 2, 2], "names without time are spread by number")
    }

    @Test func partsStayCloseToTheBest() throws {
        var random = SplitMix(state: 3)
        let names = (0..<300).map { "t\($0)" }
        let times = Dictionary(uniqueKeysWithValues: names.map { ($0, 0.1 + random.unit() * random.unit() * 20) })
        let loads = try parts(names, of: 7, times).map { $0.compactMap { times[$0] }.reduce(0, +) }
        let ideal = times.values.reduce(0, +) / 7
        #expect((loads.max() ?? 0) < ideal * 1.02, "\(loads)")
    }

    @Test func oddInputIsReadAsLines() throws {
        #expect(text(try Split.names(in: bytes("b\r\na\r\n\r\n\nb\n c "))) == [" c ", "a", "b"])
        #expect(text(try Split.names(in: bytes("é\ne\u{301}\n"))).count == 2, "names are bytes")
        #expect(try Split.names(in: [0xFF, 0x0A, 0xFE]).count == 2)
        for empty in ["", "\n\n", "\r\n"] {
            #expect(throws: SplitProblem.noNames) { try Split.names(in: bytes(empty)) }
        }
        #expect(throws: SplitProblem.notLines) { try Split.names(in: bytes("a\0b\0")) }
    }

    @Test func aPartIsTwoNumbersInTheirBounds() throws {
        for text in ["1/1", "64/64", "3/1000"] { #expect(ShardChoice(text)?.text == text) }
        for text in [
            "", "0/3", "4/3", "1/0", "-1/3", "+1/3", "1/3/3", "1", "a/b", "1/9999999999999999999", "１/3", " 1/3",
        ] {
            #expect(ShardChoice(text) == nil, "\(text)")
        }
        #expect(try ShardChoice.ofEnvironment([:]).text == "1/1")
        #expect(try ShardChoice.ofEnvironment(["GITPATCH_SHARD": "2", "GITPATCH_SHARDS": "3"]).text == "2/3")
        #expect(throws: SplitProblem.noSuchPart("2/")) { try ShardChoice.ofEnvironment(["GITPATCH_SHARD": "2"]) }
    }

    @Test func manyNamesAreSplitWhole() async throws {
        try await TestRepository.with { repository in
            let names = (0..<100_000).map { "tests/case_\($0)" }
            let input = names.joined(separator: "\n")
            var seen: [String] = []
            for number in 1...3 {
                let result = try await repository.run(
                    "git-validate", ["split", "--shard", "\(number)/3"], input: input)
                #expect(result.succeeded)
                seen += result.output.split(separator: "\n").map(String.init)
            }
            #expect(seen.count == names.count && Set(seen) == Set(names))
        }
    }

    @Test func theCommandReadsTimesAndSaysWhatIsWrong() async throws {
        try await TestRepository.with { repository in
            try repository.write(
                "t.xml", "<testsuite><testcase classname='a' time='9'/><testcase classname='b' time='1'/></testsuite>")
            try repository.write("broken.xml", "<testsuite><testcase")
            func split(_ arguments: String..., input: String = "a\nb\nc\n") async throws -> CommandResult {
                try await repository.run("git-validate", ["split"] + arguments, input: input)
            }
            #expect(try await split("--shard", "1/2", "--timings", "t.xml").output == "a\n")
            #expect(try await split("--shard", "2/2", "--timings", "t.xml").output == "b\nc\n")
            #expect(try await split().output == "a\nb\nc\n", "without a part it is all")
            let idle = try await split("--shard", "4/4")
            #expect(
                idle.succeeded && idle.output.isEmpty
                    && idle.errorOutput.contains("has nothing to do: there are fewer names than parts"))
            #expect(try await split(input: "").exitCode == 1)
            #expect(try await split("--shard", "3/2").exitCode == 64)
            #expect(try await split("--timings", "none.xml").exitCode == 69)
            #expect(try await split("--timings", "broken.xml").errorOutput.contains("is no JUnit XML"))
            let half = try await repository.with(environment: ["GITPATCH_SHARDS": "3"]).run(
                "git-validate", ["split"], input: "a\n")
            #expect(half.exitCode == 64 && half.errorOutput.contains("'/3' is no part"))
        }
    }

    @Test func insideACheckTheTimesAreThoseOfTheTree() async throws {
        let checks = """
            [check "unit"]
                run = "ls src | git validate split --timings times.xml"
                shards = 2
            [check "below"]
                run = "cd src && ls | git validate split --timings ../times.xml --timings \\"$GITPATCH_WORKTREE/times.xml\\""
                shards = 2
            [check "loose"]
                run = "cp times.xml new.xml; echo >> new.xml; t=$(ls src | git validate split --timings new.xml) && { test -z \\"$t\\" || echo $t; }"
                shards = 2

            """
        let files = [
            "times.xml": "<testsuite><testcase name='a' time='5'/></testsuite>", "src/a": "", "src/b": "", "src/c": "",
        ]
        try await CheckedRepository.with(checks, files: files) { desk in
            let report = try await desk.report()
            let lines = report["unit"]?.parts?.map(\.output) ?? []
            #expect(lines.joined().split(separator: "\n").sorted() == ["a", "b", "c"] && lines.count == 2, "\(lines)")
            #expect(report["below"]?.parts?.map(\.output) == lines, "wherever it is called from")
            #expect(report["loose"]?.outcome == "failed")
            #expect(report["loose"]?.output.contains("is not as in the tree that is checked") == true)
        }
    }
}

/// JUnit files as test runners write them.
struct RecordedTimesTests {
    private func seconds(_ name: String, _ files: String...) throws -> Double? {
        var times = RecordedTimes()
        for file in files { try times.add(bytes(file), path: "t.xml") }
        return times.seconds(bytes(name))
    }

    @Test func casesAreFoundByAnyOfTheirNames() throws {
        let file = """
            \u{FEFF}<?xml version="1.0"?><!DOCTYPE x><!-- <testcase name="no" time="99"/> -->
            <testsuites name="all" time="9"><testsuite name="suite &amp; co" file="s.js">
              <testcase classname="tests.test_a.TestOne" name="test_x[1]" time="1.5" file="tests/test_a.py"/>
              <testcase name='test_y' classname='tests.test_a' time='1,000.5'><failure>&lt;<![CDATA[</testsuite>]]></failure></testcase>
              <testcase name="z"/><testcase name="w" time="soon"/>
            </testsuite></testsuites>
            """
        #expect(try seconds("tests/test_a.py", file) == 1.5, "a file attribute is taken at its word")
        #expect(try seconds("tests.test_a", file) == 1002)
        #expect(try seconds("./tests/test_a.py::TestOne::test_x[1]", file) == 1.5)
        #expect(try seconds("suite & co", file) == 1002 && (try seconds("s.js", file)) == 1002)
        for name in ["no", "z", "w", "all", ""] { #expect(try seconds(name, file) == nil, "\(name)") }
    }

    @Test func severalFilesCountWithTheirMean() throws {
        func file(_ time: Int) -> String { "<testsuite><testcase name='a' time='\(time)'/></testsuite>" }
        #expect(try seconds("a", file(2), file(4), "<testsuite/>") == 3)
    }

    @Test(arguments: [
        "", "hello", "<html></html>", "<testsuite>", "<testsuite><testcase name='a' time='1'", "</testsuite>",
        "<testsuite name=a></testsuite>", "<testsuite><!-- </testsuite>", "<testsuite a='</testsuite>", "<", "<!",
        "<![CDATA[",
    ])
    func whatIsNoJUnitIsSaidToBeNone(_ text: String) {
        var times = RecordedTimes()
        #expect(throws: SplitProblem.notJUnit("t.xml")) { try times.add(bytes(text), path: "t.xml") }
    }

    @Test func anyBytesAreReadToTheirEnd() {
        var random = SplitMix(state: 11)
        let pieces = [
            "<testsuite", " a='", "\"", ">", "/>", "</", "testcase", "&#x110000;", "<!--", "]]>", "\0", "=", "é", "<?",
        ]
        for _ in 0..<500 {
            let text = (0..<Int(random.next() % 20)).map { _ in pieces[Int(random.next() % 14)] }.joined()
            var reader = TagReader(bytes(text))
            while reader.next() != nil {}
        }
    }
}

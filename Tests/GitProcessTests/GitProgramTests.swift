import Foundation
import GitProcess
import GitValues
import SuiteTestSupport
import SystemPackage
import Testing

/// Starting git: arguments and streams arrive whole, and what goes wrong is told.
struct GitProgramTests {
    @Test func argumentsArriveByteForByte() async throws {
        try await withEcho { git in
            let odd: [UInt8] = [0xE4, 0xFF, 0x0A, 0x20, 0x22, 0x27, 0x5C, 0x24, 0x2A]
            let result = try await git.run(bytes: [Array("echo-args".utf8), odd, []])
            #expect(result.output == odd + [0, 0])
        }
    }

    /// As the system searches: what is a folder or may not be executed is passed over.
    @Test func theFirstProgramOnPathIsStarted() async throws {
        try await Scratch.with { scratch in
            let folders = try ["folder", "text", "first", "second"].map { try scratch.makeDirectory($0) }
            _ = try scratch.makeDirectory("folder/git")
            for folder in folders.dropFirst() {
                let script = "#!/bin/sh\necho \(folder.split(separator: "/").last ?? "")\n"
                try Data(script.utf8).write(to: URL(fileURLWithPath: folder + "/git"))
                if !folder.hasSuffix("/text") { try makeExecutable(folder + "/git") }
            }
            let path = folders.joined(separator: ":") + ":/usr/bin:/bin"
            let git = GitProgram(directory: FilePath(scratch.path), environment: .only(["PATH": path]))
            #expect(try await git.run(["version"]).text == "first")
            // A relative folder is one of the child's: only a try tells what is in it.
            let relative = GitProgram(
                directory: FilePath(scratch.path), environment: .only(["PATH": "nowhere:" + folders[3]]))
            #expect(try await relative.run(["version"]).text == "second")
        }
    }

    @Test func aNULByteIsRefusedNotCutAt() async throws {
        try await withEcho { git in
            let error = await #expect(throws: GitProcessError.self) { try await git.run(["echo-args", "a\0b"]) }
            #expect(error?.code == .badArgument && error?.exitStatus == 70)
            var configured = git
            configured.settings = ["user.name=a\0b"]
            await #expect(throws: GitProcessError.self) { try await configured.runAttached(["version"]) }
        }
    }

    @Test func bothStreamsAreReadAtOnce() async throws {
        // Either stream alone is far larger than a pipe holds: reading one after the other would never end.
        try await withScript(
            "big", "i=0; while [ $i -lt 4000 ]; do printf '%0500d' $i; printf '%0500d' $i >&2; i=$((i+1)); done"
        ) { git in
            let result = try await git.run(["big"])
            #expect(result.succeeded && result.output.count == 2_000_000 && result.errorOutput.count == 2_000_000)
            #expect(result.output.suffix(4) == Array("3999".utf8)[...])
        }
    }

    @Test func outputOverTheLimitIsAnErrorNotACut() async throws {
        try await withScript("big", "head -c 100000 /dev/zero") { git in
            let error = await #expect(throws: GitProcessError.self) { try await git.run(["big"], limit: 1000) }
            #expect(error?.code == .outputTooLarge && error?.operation == "git big")
            let whole = try await git.run(["big"], limit: 100_000)
            #expect(whole.output.count == 100_000)
        }
    }

    @Test func nothingIsLostAtTheEnd() async throws {
        // What stands in the pipe when the child has gone still counts.
        try await withScript("burst", "head -c 60000 /dev/zero; exit 3") { git in
            for _ in 0..<40 {
                let result = try await git.run(["burst"])
                #expect(result.output.count == 60_000 && result.exitCode == 3)
            }
        }
    }

    @Test func aChildThatReadsNothingIsNoError() async throws {
        try await withScript("deaf", "exec <&-; exit 0") { git in
            let result = try await git.run(["deaf"], input: [UInt8](repeating: 65, count: 4_000_000))
            #expect(result.succeeded)
        }
    }

    @Test func inputArrivesWhole() async throws {
        try await withScript("count", "wc -c") { git in
            let result = try await git.run(["count"], input: [UInt8](repeating: 65, count: 3_000_000))
            #expect(result.text.trimmingCharacters(in: .whitespaces) == "3000000")
            let nothing = try await git.run(["count"])
            #expect(nothing.text.trimmingCharacters(in: .whitespaces) == "0")
        }
    }

    @Test func aGrandchildThatKeepsThePipeDoesNotHoldUs() async throws {
        try await withScript("leave", "sleep 600 & echo $!; echo done") { git in
            let result = try await git.run(["leave"])
            #expect(result.lines.last == "done")
            let pid = try #require(result.lines.first.flatMap { Int32($0) })
            #expect(kill(pid, SIGKILL) == 0, "the grandchild was still there: nobody waited for it")
        }
    }

    @Test func signalsAreTold() async throws {
        try await withScript("die", "kill -TERM $$; sleep 10") { git in
            let result = try await git.run(["die"])
            // Git runs a script as its child and ends as the shell would say it, or by the signal itself.
            #expect(!result.succeeded && result.exitCode == 143)
        }
    }

    @Test func ignoredSignalsAreNotHandedOn() async throws {
        // Our programs ignore SIGPIPE; a hook or pager that inherited it would go on writing into nothing.
        signal(SIGPIPE, SIG_IGN)
        try await withScript("pipe", "kill -PIPE $$; echo survived") { git in
            let after = try await git.run(["pipe"])
            #expect(after.text.isEmpty)
        }
    }

    @Test func descriptorsAreNotHandedOn() async throws {
        try await withScript("fds", "ls /proc/self/fd 2>/dev/null | wc -l") { git in
            let baseline = try await git.run(["fds"]).text
            let file = open("/dev/null", O_RDONLY)
            defer { close(file) }
            #expect(file >= 0)
            let withFile = try await git.run(["fds"])
            #expect(withFile.text == baseline)
        }
    }

    @Test func aMissingProgramAndAMissingFolderAreTold() async throws {
        try await TestRepository.with { repository in
            let lost = GitProgram(directory: FilePath(repository.path), environment: .only(["PATH": "/nowhere"]))
            let missing = await #expect(throws: GitProcessError.self) { try await lost.run(["status"]) }
            #expect(missing?.code == .notStarted && missing?.exitStatus == 69 && missing?.hints.isEmpty == false)
            #expect(missing?.description == "cannot run git status: there is no 'git' on PATH")
            let nowhere = await #expect(throws: GitProcessError.self) {
                try await program(in: repository.path + "/gone", repository).run(["status"])
            }
            #expect(nowhere?.code == .noDirectory && nowhere?.exitStatus == 69 && nowhere?.hints.isEmpty == true)
        }
    }

    @Test func outputCarriesGitsWords() async throws {
        try await TestRepository.with { repository in
            let git = program(in: repository.path, repository)
            let error = await #expect(throws: GitProcessError.self) {
                try await git.output(["rev-parse", "--verify", "no-such"])
            }
            #expect(error?.code == .failed && error?.exitCode == 128)
            #expect(error?.description == "git rev-parse failed (exit 128): Needed a single revision")
        }
    }

    @Test func settingsAndIndexReachTheChild() async throws {
        try await TestRepository.with { repository in
            var git = program(in: repository.path, repository)
            git.settings = ["user.name=From Settings", "core.abbrev=7"]
            let name = try await git.output(["config", "user.name"])
            #expect(name.text == "From Settings")
            try repository.write("a", "1")
            let index = repository.scratch.path + "/other-index"
            _ = try await git.using(indexFile: FilePath(index)).output(["add", "a"])
            #expect(FileManager.default.fileExists(atPath: index) && !repository.exists(".git/index"))
        }
    }

    @Test func relayedErrorsComeLineByLine() async throws {
        try await withScript("talk", "echo one >&2; printf 'two\\rthree\\nfour' >&2; echo out; exit 2") { git in
            var lines: [String] = []
            let result = try await git.run(["talk"], relayingErrors: { lines.append($0) })
            #expect(lines == ["one", "two", "three", "four"])
            #expect(result.text == "out" && result.exitCode == 2 && result.errorText == "one\ntwo\rthree\nfour")
        }
    }

    private func withEcho(_ body: (GitProgram) async throws -> Void) async throws {
        try await withScript("echo-args", #"for a in "$@"; do printf '%s\0' "$a"; done"#, body)
    }

    /// A git that has one more verb, which is a shell script.
    private func withScript(_ verb: String, _ script: String, _ body: (GitProgram) async throws -> Void) async throws {
        try await TestRepository.with { repository in
            // Written by a process of its own: a child of another test, started meanwhile, would hold ours open, and
            // what is open for writing cannot be run.
            let made = try await repository.run(
                "/bin/sh", ["-c", #"mkdir bin && cat >"$1" && chmod +x "$1""#, "sh", "bin/git-" + verb],
                input: "#!/bin/sh\n" + script + "\n")
            try #require(made.exitCode == 0)
            let path = repository.path + "/bin:" + (repository.environment["PATH"] ?? "")
            try await body(program(in: repository.path, repository.with(environment: ["PATH": path])))
        }
    }
}

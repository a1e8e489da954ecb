import Foundation
import SuiteTestSupport
import Testing

@testable import Pipelines

/// Jobs with a validator and the shared cache of verdicts.
struct SharedCacheTests {
    private static let file = ".github/workflows/validate.yml"
    private static let address = "http://127.0.0.1:9/cache"
    private static let checks = #"""
        [ci]
            install = true
            remoteCache = http://127.0.0.1:9/cache
            cacheKey = CACHE_KEY
            cacheToken = CACHE_TOKEN
        [check "a"]
            run = "echo \"${CACHE_KEY-}${CACHE_TOKEN-}${GITPATCH_CACHE_TOKEN-}${GIT_CONFIG_COUNT-}unseen\" >> \"$NOTES\""
            env = NOTES

        """#

    /// A repository in whose environment a stand-in writes down what the validator is told, and then starts it.
    private func with(_ body: (TestRepository, _ said: () -> [String]) async throws -> Void) async throws {
        try await TestRepository.with { plain in
            let bin = try plain.scratch.makeDirectory("bin")
            let temporary = try plain.scratch.makeDirectory("tmp")
            let script = #"""
                #!/bin/sh
                PATH=$(printf %s "$PATH" | sed "s#${0%/*}:##g")
                if [ "$1" = HEAD ]; then
                    {
                        git config validate.remoteCache
                        key=$(git config validate.remoteKey) && cat "$key" && echo
                        git config validate.remotePush
                        if [ -n "${GITPATCH_CACHE_TOKEN-}" ]; then echo "$GITPATCH_CACHE_TOKEN"; fi
                        case "$*" in *"--tier complete"*) echo complete ;; esac
                    } >> "$NOTES"
                fi
                exec git-validate "$@"

                """#
            try script.write(toFile: bin + "/git-validate", atomically: true, encoding: .utf8)
            try makeExecutable(bin + "/git-validate")
            let notes = plain.scratch.path + "/notes"
            let path = bin + ":" + (plain.environment["PATH"] ?? "")
            try await body(plain.with(environment: ["NOTES": notes, "PATH": path, "TMPDIR": temporary])) {
                let text = (try? String(contentsOfFile: notes, encoding: .utf8)) ?? ""
                try? FileManager.default.removeItem(atPath: notes)
                return text.split(separator: "\n").map(String.init)
            }
        }
    }

    @Test(
        .enabled(if: Oracles.act != nil && Oracles.node != nil && Oracles.zizmor != nil && Oracles.actionlint != nil))
    func onlyTheTargetWritesAndForksHaveNone() async throws {
        try await with { repository, said in
            try await repository.commit("one", files: [".gitpatch": Self.checks])
            let made = try await repository.run("git-validate", ["ci", "generate"])
            #expect(
                made.errorOutput.contains("gh secret set CACHE_KEY --env validate); for the shared cache"), "\(made)")
            #expect(try await repository.findings(Self.file) == "")
            try await repository.commit("two")
            func expect(_ event: String, _ more: [String], _ lines: [String]) async throws {
                let run = try await ActRun.run(event, in: repository, more: more)
                #expect(run.exit == 0, "\(run.output)")
                let told = said()
                #expect(told == lines, "\(event): \(run.output)")
            }
            let key = ["--secret", "CACHE_KEY=k1"]
            try await expect(
                "push", key + ["--secret", "CACHE_TOKEN=t1"], [Self.address, "k1", "true", "t1", "unseen"])
            try await expect("pull_request", key, [Self.address, "k1", "unseen"])
            try await expect("pull_request", [], ["unseen"])
            // What is judged last is told to be of the tier that believes nobody.
            try await expect("merge_group", key, [Self.address, "k1", "complete", "unseen"])
        }
    }

    /// A runner that keeps its checkout has the job of a stranger where that of the target has been.
    @Test(arguments: ["github", "gitlab"])
    func nothingStaysInTheClone(forge: String) async throws {
        try await with { repository, said in
            try await repository.commit("one", files: [".gitpatch": Self.checks])
            let made = try await repository.run("git-validate", ["ci", "generate", "--forge", forge, "--stdout"])
            let file = try YAMLReader.read(Array(made.output.utf8), path: "x")
            let steps = file["jobs"]?["a"]?["steps"]?.items ?? []
            let script =
                forge == "gitlab"
                ? (file["a"]?["script"]?.items ?? []).compactMap(\.text).joined(separator: "\n")
                : steps.first { $0["name"]?.text == "Checks" }?["run"]?.text ?? ""
            func told(_ more: [String: String]) async throws -> [String] {
                var environment = ["CHECKS": "a", "REPORT": repository.scratch.path + "/report"]
                environment.merge(more) { $1 }
                let run = try await repository.with(environment: environment).run(
                    "bash", ["-eo", "pipefail", "-c", script])
                #expect(run.succeeded, "\(run)")
                return said()
            }
            let push = [
                "EVENT": "push", "TIER": "standard", "CI_COMMIT_BRANCH": "main", "CACHE_KEY": "a key of 16 letters",
            ]
            let written = [Self.address, "a key of 16 letters", "true"]
            let first = try await told(push)
            #expect(Array(first.prefix(3)) == written, "\(first)")
            let fork = ["EVENT": "pull_request", "TIER": "standard", "CI_MERGE_REQUEST_IID": "1"]
            for left in [false, true] {
                // What older files of this kind left there.
                for (key, value) in ["Cache": Self.address, "Key": "old", "Push": "true"] where left {
                    try await repository.git("config", "validate.remote" + key, value)
                }
                let strange = try await told(fork)
                #expect(strange.allSatisfy { $0 == "unseen" }, "\(strange)")
            }
            #expect(try await repository.run("git", ["config", "--get-regexp", "^validate\\.remote"]).output == "")
            let left = try FileManager.default.contentsOfDirectory(atPath: repository.scratch.path + "/tmp")
            #expect(!left.contains { $0.hasPrefix("git-patch-key.") }, "\(left)")
            // One's own configuration in the environment stays.
            let own = ["GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "validate.jobs", "GIT_CONFIG_VALUE_0": "1"]
            let kept = try await told(push.merging(own) { $1 })
            #expect(Array(kept.prefix(3)) == written, "\(kept)")
            let complete = push.merging(["TIER": "complete", "CI_PIPELINE_SOURCE": "schedule"]) { $1 }
            let last = try await told(complete)
            #expect(last.contains("complete"), "\(last)")
        }
    }

    /// A key must not outlive its job on a machine that others use next.
    @Test(arguments: ["exit 0", "exit 3", "kill -TERM $$; sleep 1", "kill -HUP $$; sleep 1", "kill -KILL $$; sleep 1"])
    func theKeyGoesWithItsJobOrWithALaterOne(end: String) async throws {
        try await TestRepository.with { repository in
            let place = try repository.scratch.makeDirectory("tmp")
            let lines = SharedCache(address: Self.address, secret: "CACHE_KEY").lines(isTarget: "true")
            let job = repository.with(environment: ["CACHE_KEY": "a key", "TMPDIR": place, "RUNNER_TEMP": ""])
            func left() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: place).sorted() }
            func run(_ end: String) async throws {
                let script = lines + ["test \"$(cat \"$place\"/git-patch-key.??????)\" = 'a key' || exit 9", end]
                let ended = try await job.run("sh", ["-ec", script.joined(separator: "\n")])
                #expect(ended.exitCode != 9 && !ended.errorOutput.contains("not found"), "\(ended)")
            }
            try await run(end)
            if end.contains("KILL") {
                let old = try #require(try left().first)
                let before = Date(timeIntervalSinceNow: -49 * 3600)
                try FileManager.default.setAttributes([.modificationDate: before], ofItemAtPath: place + "/" + old)
                // That of a job beside this one stays, and so does what has another name.
                for name in ["git-patch-key.young", "other"] {
                    try "x".write(toFile: place + "/" + name, atomically: true, encoding: .utf8)
                }
                try FileManager.default.setAttributes([.modificationDate: before], ofItemAtPath: place + "/other")
                _ = try await job.run("sh", ["-ec", lines.joined(separator: "\n")])
                #expect(try left() == ["git-patch-key.young", "other"])
            } else {
                #expect(try left().isEmpty)
            }
        }
    }

    @Test func withoutAValidatorThereIsNone() async throws {
        try await TestRepository.with { repository in
            try await repository.commit(
                "one", files: [".gitpatch": Self.checks.replacing("    install = true\n", with: "")])
            let useless = try await repository.run("git-validate", ["ci", "generate"])
            #expect(useless.errorOutput.contains("ci.remoteCache is of no use without"), "\(useless)")
            #expect(repository.read(Self.file)?.contains("validate.remote") == false)
        }
    }
}

import Foundation
import SuiteTestSupport
import Testing

@testable import Pipelines

/// Generated files mean what the checks mean, whatever those are called and wherever they end.
struct OddPipelineTests {
    private func generated(
        _ checks: String, _ arguments: [String] = [], at path: String = ".github/workflows/validate.yml",
        _ body: (TestRepository, String) async throws -> Void
    ) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one", files: [".gitpatch": checks])
            let result = try await repository.run("git-validate", ["ci", "generate"] + arguments)
            #expect(result.succeeded, "\(result)")
            try await body(repository, try #require(repository.read(path)))
        }
    }

    /// Keys of mappings that are there twice, as paths.
    private func twice(_ node: YAMLNode, _ path: String = "") -> [String] {
        var seen: Set<String> = []
        return node.pairs.flatMap { pair -> [String] in
            let key = path + "/" + (pair.key.text ?? "")
            return (seen.insert(key).inserted ? [] : [key]) + twice(pair.value, key)
        } + node.items.filter { !$0.pairs.isEmpty }.flatMap { twice($0, path + "/-") }
    }

    @Test func namesThatMeanSomethingElseAreNotTaken() async throws {
        let names = [
            "tier", "platforms", "ready", "true", "null", "changes", "gate", "stages", "variables", "image", "default",
            "include", "pages", "cache", "toolchain", "workflow",
        ]
        let checks = names.map { "[check \"\($0)\"]\nrun = true\n" }.joined()
        try await generated(checks) { _, text in
            let file = try YAMLReader.read(Array(text.utf8), path: "x")
            #expect(twice(file) == [])
            let jobs = file["jobs"]?.pairs ?? []
            #expect(jobs.count == names.count + 2)
            for job in jobs {
                let ids = (job.value["steps"]?.items ?? []).compactMap { $0["id"]?.text }
                #expect(Set(ids).count == ids.count, "\(ids)")
                #expect(!["true", "null"].contains(job.key.text ?? "null"))
            }
        }
        try await generated(checks, ["--forge", "gitlab"], at: ".gitlab-ci.yml") { _, text in
            let file = try YAMLReader.read(Array(text.utf8), path: "x")
            #expect(twice(file) == [])
            #expect(file.pairs.filter { $0.value["script"] != nil }.count == names.count + 1)
        }
    }

    @Test func whatWasNotWantedHasMadeNothingToKeep() async throws {
        let checks = """
            [check "lint"]
                run = true
            [check "pack"]
                run = mkdir dist
                needs = lint
                path = src/**
                artifact = dist

            """
        try await generated(checks) { _, text in
            let file = try YAMLReader.read(Array(text.utf8), path: "x")
            let steps = file["jobs"]?["lint-pack"]?["steps"]?.items ?? []
            let keep = try #require(steps.first { $0["name"]?.text == "Keep what was made" })
            #expect(keep["if"]?.text == "${{ !cancelled() && steps.pack.outcome == 'success' }}")
        }
    }

    @Test func gitLabRunsChecksAsAnywhereElse() async throws {
        let checks = """
            [check "leaves"]
                run = "mkdir -p sub; cd sub; test -f x || exit 0; echo never"
            [check "wrong"]
                run = "pwd > ../place; exit 1"
                needs = leaves
            [check "after"]
                run = echo ran > ../after
                needs = wrong
            [check "lax"]
                run = "false | true; false; echo lax > ../lax"
                needs = leaves

            """
        try await generated(checks, ["--forge", "gitlab"], at: ".gitlab-ci.yml") { repository, text in
            let file = try YAMLReader.read(Array(text.utf8), path: "x")
            let job = try #require(file["leaves-wrong-after-lax"])
            let lines = job["script"]?.items.compactMap(\.text) ?? []
            let work = try repository.scratch.makeDirectory("job/build")
            // What a runner of GitLab does with the lines.
            let script = "set -eo pipefail\n" + lines.joined(separator: "\n") + "\n"
            let result = try await repository.at(work).run("bash", ["-c", script])
            #expect(result.exitCode == 1, "\(result)")
            let above = URL(fileURLWithPath: work).deletingLastPathComponent().path
            let place = try String(contentsOfFile: above + "/place", encoding: .utf8)
            #expect(place.hasSuffix("/build\n"), "a folder that one changes to is no other's")
            #expect(FileManager.default.fileExists(atPath: above + "/lax"), "pipes fail only at their end")
            #expect(!FileManager.default.fileExists(atPath: above + "/after"), "its need has failed")
            #expect(result.output.contains("leaves: passed") && result.output.contains("wrong: failed"))
        }
    }

    @Test func environmentsAreSetUp() async throws {
        let checks = """
            [environment "deps"]
                setup = "mkdir d && echo x > d/x"
                path = d
            [check "unit"]
                run = cat d/x
                environment = deps

            """
        try await generated(checks) { _, text in
            let file = try YAMLReader.read(Array(text.utf8), path: "x")
            let steps = file["jobs"]?["unit"]?["steps"]?.items ?? []
            let names = steps.compactMap { $0["name"]?.text }
            let place = try #require(names.firstIndex(of: "Environment deps"))
            #expect(names.firstIndex(of: "unit").map { place < $0 } == true)
            #expect(steps[place]["run"]?.text?.contains("mkdir d && echo x > d/x") == true)
        }
        try await generated(checks, ["--forge", "gitlab"], at: ".gitlab-ci.yml") { _, text in
            let file = try YAMLReader.read(Array(text.utf8), path: "x")
            #expect(file["unit"]?["before_script"]?.items.map(\.text) == ["sh -c 'mkdir d && echo x > d/x'"])
        }
    }

    @Test func aCheckoutWithCarriageReturnsIsTheSameFile() async throws {
        try await generated("[check \"a\"]\nrun = true\n") { repository, text in
            let path = ".github/workflows/validate.yml"
            try repository.write(path, text.replacingOccurrences(of: "\n", with: "\r\n"))
            let check = try await repository.run("git-validate", ["ci", "generate", "--check"])
            #expect(check.succeeded, "\(check)")
        }
    }
}

import Foundation
import SuiteTestSupport
import Testing

@testable import Patches

/// A repository that is moved or copied takes its hooks along, and they can still be taken back.
struct MovedRepositoryTests {
    /// A repository with hooks in a folder that is passed on to, taken elsewhere by `mv` or `cp -R`.
    private func with(
        _ command: [String], hooksPath: String, _ body: (TestRepository, _ before: String) async throws -> Void
    ) async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one")
            try repository.write("own/pre-push", HookShape.script("pre-push"), executable: true)
            try repository.write("own/commit-msg", HookShape.script("commit-msg"), executable: true)
            try await repository.git(
                "config", "core.hooksPath", hooksPath.replacingOccurrences(of: "TOP", with: repository.path))
            let before = repository.read(".git/config") ?? ""
            _ = try await repository.hooks().install()
            let place = repository.scratch.path + "/elsewhere"
            let result = try await repository.at(repository.scratch.path)
                .run(command[0], command.dropFirst() + [repository.path, place])
            #expect(result.succeeded)
            try await body(repository.at(place), before)
        }
    }

    @Test(arguments: [["mv"], ["cp", "-R"]], ["own", "TOP/own"])
    func installMendsTheFolderAndKeepsTheOneBefore(_ command: [String], _ hooksPath: String) async throws {
        try await with(command, hooksPath: hooksPath) { moved, before in
            let hooks = try await moved.hooks()
            #expect(try await !hooks.status().isComplete)
            let report = try await hooks.install().report
            #expect(report.isComplete && report.passedOn == ["commit-msg"])
            #expect(report.hooks.first?.next?.hasSuffix("own/pre-push") == true)
            let path = try await moved.git("config", "core.hooksPath")
            #expect(path == moved.path + "/.git/gitpatch/hooks")
            let notes = moved.scratch.path + "/notes"
            try await moved.with(environment: ["GITPATCH_TEST_NOTES": notes])
                .git("commit", "-q", "--allow-empty", "-m", "two")
            #expect(FileManager.default.fileExists(atPath: notes))
            _ = try await hooks.uninstall()
            #expect(moved.read(".git/config") == before)
        }
    }

    @Test func uninstallPutsBackWhatWasThere() async throws {
        try await with(["mv"], hooksPath: "own") { moved, before in
            _ = try await moved.hooks().uninstall()
            #expect(moved.read(".git/config") == before)
        }
    }

    @Test func doctorNamesAHooksPathThatIsNotThere() async throws {
        try await with(["mv"], hooksPath: "own") { moved, _ in
            let lost = try await Doctor.visit(directory: moved.path).findings().filter { $0.name == "hooks" }
            #expect(lost.map(\.state) == [.broken] && lost.first?.hint == "git patch hooks install")
            try await moved.git("config", "core.hooksPath", "nowhere")
            let odd = try await Doctor.visit(directory: moved.path).findings().filter { $0.name == "hooks" }
            #expect(odd.map(\.state) == [.odd] && odd.first?.detail.contains("nowhere") == true)
            try await moved.git("config", "core.hooksPath", "own")
            let past = try await Doctor.visit(directory: moved.path).findings().filter { $0.name == "hooks" }
            #expect(past.map(\.state) == [.odd] && past.first?.detail.contains("pre-push is replaced") == true)
        }
    }
}

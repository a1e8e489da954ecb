import FakeForges
import Foundation
import SuiteTestSupport
import Testing

/// What is fetched from a forge is kept for as long as it is needed.
struct FetchedReferencesTests {
    // `fix/a` cannot be beside `fix`, neither on the forge nor among what was fetched from there.
    @Test func aHeadOfAnEarlierPatchIsNotInTheWay() async throws {
        try await Rig.with(.gitea) { rig in
            for (title, branch, file) in [("One", "fix", "b.txt"), ("Two", "fix/a", "c.txt")] {
                try await rig.clone.git("switch", "-q", "main")
                try await rig.armed(title, "--branch", branch, file: file)
                try await rig.pushByOthers(to: branch)
                try await rig.run()
                try await rig.automerge("enable", branch)
                rig.forge.with { model in
                    model.checks.append(
                        .init(
                            name: "unit", app: 15, state: "passed",
                            commit: model.head(of: model.pulls.keys.max() ?? 0)))
                }
                let ran = try await rig.clone.run("git-automerge", ["run", "--once"])
                #expect(ran.exitCode == 0, "\(ran)")
                #expect(ran.output.contains("landed '\(title)'"), "\(ran)")
                #expect(try await !rig.hasBranch(branch))
                let kept = try await rig.clone.git("for-each-ref", "--format=%(refname)", "refs/gitpatch/forge/")
                #expect(kept.isEmpty, "nothing open needs what was fetched: \(kept)")
                try await rig.clone.git("switch", "-q", "main")
                try await rig.clone.git("branch", "-q", "-D", branch)
                try await rig.clone.git("fetch", "-q", "--prune")
            }
        }
    }
}

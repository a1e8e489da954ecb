import Git2
import GitValues
import SuiteTestSupport
import Testing

@Suite struct ContainmentTests {
    @Test func mergedSquashedAndReplayedBranchesHaveLanded() async throws {
        try await TestRepository.with { repo in
            let root = try await repo.commit("root", files: ["a": text(0...9), "z": "1\n"])
            try await repo.git("checkout", "-q", "-b", "topic")
            let one = try await repo.commit("one", files: ["a": text(0...9, changing: 2)])
            let two = try await repo.commit("two", files: ["b": "new\n"])
            try await repo.git("checkout", "-q", "-b", "merged", root.hex)
            try await repo.git("merge", "-q", "--no-ff", "-m", "m", "topic")
            try await repo.git("checkout", "-q", "-b", "squashed", root.hex)
            try await repo.commit("elsewhere", files: ["z": "2\n"])
            try await repo.git("merge", "-q", "--squash", "topic")
            let squash = try await repo.commit("squash")
            let repository = try await repo.open()
            #expect(try repository.containment(of: two, in: try await repo.id("merged")) == .ancestor)
            #expect(try repository.containment(of: two, in: squash) == .content)
            // Later work on the same lines hides the content, the change itself is still in the history.
            let later = try await repo.commit(
                "later", files: ["a": text(0...9, changing: 2, to: "again"), "b": "newer\n"])
            #expect(try !repository.mergeIsNoOp(branch: two, into: later))
            #expect(try repository.containment(of: two, in: later) == .squashed(squash))
            try await repo.git("checkout", "-q", "-b", "replayed", root.hex)
            try await repo.commit("elsewhere", files: ["z": "2\n"])
            try await repo.git("cherry-pick", one.hex, two.hex)
            let replayed = [try await repo.id("HEAD~1"), try await repo.id("HEAD")]
            let after = try await repo.commit("later", files: ["a": text(0...9, changing: 2, to: "x"), "b": "y\n"])
            #expect(try repository.containment(of: two, in: after) == .replayed(replayed))
        }
    }

    @Test func whatHasNotLandedCompletelyHasNotLanded() async throws {
        try await TestRepository.with { repo in
            let root = try await repo.commit("root", files: ["a": text(0...9)])
            try await repo.git("checkout", "-q", "-b", "topic")
            let one = try await repo.commit("one", files: ["a": text(0...9, changing: 2)])
            let two = try await repo.commit("two", files: ["b": "new\n"])
            try await repo.git("checkout", "-q", "-b", "partly", root.hex)
            try await repo.git("cherry-pick", one.hex)
            let partly = try await repo.id("HEAD")
            let repository = try await repo.open()
            #expect(try repository.containment(of: one, in: partly) == .content)
            #expect(try repository.containment(of: two, in: partly) == nil)
            try await repo.git("checkout", "-q", "-b", "spaced", root.hex)
            let spaced = try await repo.commit("indented", files: ["a": text(0...9, changing: 2, to: "   changed")])
            let again = try await repo.commit("again", files: ["a": text(0...9, changing: 2, to: "other")])
            #expect(try repository.containment(of: one, in: spaced) == nil)
            #expect(try repository.containment(of: one, in: again) == nil)
            try await repo.git("checkout", "-q", "-b", "mode", root.hex)
            try repo.write("a", text(0...9, changing: 2), executable: true)
            let mode = try await repo.commit("mode")
            let modeLater = try await repo.commit("later", files: ["a": text(0...9, changing: 2, to: "other")])
            #expect(try repository.containment(of: mode, in: again) == nil)
            #expect(try repository.containment(of: one, in: modeLater) == nil)
        }
    }

    @Test func binaryFilesAreComparedByContent() async throws {
        try await TestRepository.with { repo in
            try repo.write("bin", bytes: [0, 1, 2])
            let root = try await repo.commit("root")
            try repo.write("bin", bytes: [0, 1, 3])
            let topic = try await repo.commit("topic")
            try await repo.git("checkout", "-q", "-b", "other", root.hex)
            try repo.write("bin", bytes: [0, 1, 4])
            let different = try await repo.commit("different")
            try await repo.git("checkout", "-q", "-b", "same", root.hex)
            try await repo.commit("before", files: ["x": "1"])
            try repo.write("bin", bytes: [0, 1, 3])
            let same = try await repo.commit("same")
            try repo.write("bin", bytes: [0, 1, 5])
            let later = try await repo.commit("later")
            let repository = try await repo.open()
            #expect(try repository.containment(of: topic, in: different) == nil)
            #expect(try repository.containment(of: topic, in: later) == .squashed(same))
        }
    }

    @Test func questionsLeaveTheStoreAsItWas() async throws {
        try await TestRepository.with { repo in
            let root = try await repo.commit("root", files: ["a": text(0...9)])
            let one = try await repo.commit("one", files: ["a": text(0...9, changing: 1)])
            try await repo.git("checkout", "-q", "-b", "side", root.hex)
            let two = try await repo.commit("two", files: ["a": text(0...9, changing: 8)])
            let before = try await repo.git("count-objects", "-v")
            let repository = try await repo.open()
            #expect(try repository.containment(of: one, in: two) == nil)
            let merged = try repository.speculating { (scratch) throws(GitError) in
                let merge = try scratch.mergeCommits(ours: one, theirs: two)
                guard case .clean(let tree) = merge else { return (merge, 0) }
                return (merge, try scratch.entries(of: tree).count)
            }
            #expect(merged.1 == 1)
            #expect(try await repo.git("count-objects", "-v") == before)
            guard case .clean(let tree) = merged.0 else {
                Issue.record("the merge is clean")
                return
            }
            #expect(try !repository.contains(tree))
            #expect(try repository.mergeCommits(ours: one, theirs: two) == .clean(tree))
            #expect(try repository.contains(tree))
        }
    }

    private func text(_ lines: ClosedRange<Int>, changing: Int? = nil, to new: String = "changed") -> String {
        lines.map { ($0 == changing ? new : "line \($0)") + "\n" }.joined()
    }
}

import Git2
import GitValues
import SuiteTestSupport
import Testing

@Suite struct RaceTests {
    @Test func noMoveIsLostWhenGitAndTwoOfUsMoveTheSameRef() async throws {
        try await TestRepository.with { repo in
            try await repo.commit("first", files: ["a": "1"])
            try await repo.git("branch", "counter")
            let location = try await repo.location()
            let script = """
                n=0
                for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
                  old=$(git rev-parse refs/heads/counter)
                  new=$(git commit-tree -p "$old" -m git$i "$old^{tree}")
                  git update-ref refs/heads/counter "$new" "$old" 2>/dev/null && n=$((n+1))
                  [ $((i % 4)) = 0 ] && git pack-refs --all 2>/dev/null
                done
                echo $n
                """
            async let git = repo.run("sh", ["-c", script])
            async let one = increments(location, "one")
            async let two = increments(location, "two")
            let total = try await one + two + (Int(git.trimmed) ?? -1000)
            #expect(total > 15)
            #expect(try await repo.git("rev-list", "--count", "counter") == "\(total + 1)")
            #expect(!repo.exists(".git/refs/heads/counter.lock"))
            try await repo.git("fsck", "--strict")
        }
    }

    @Test func deletingPackedRefsLosesNoneOfThoseGitPacksMeanwhile() async throws {
        try await TestRepository.with { repo in
            try await repo.commit("first", files: ["a": "1"])
            let location = try await repo.location()
            let script = """
                for i in $(seq 1 40); do
                  git update-ref refs/heads/kept/$i HEAD && git pack-refs --all
                done
                """
            async let git = repo.run("sh", ["-c", script])
            async let ours = comeAndGo(location)
            // A ref that git packs between our two writes comes back, as it does with git's own deletion; most do not.
            #expect(try await ours > 0)
            #expect(try await git.succeeded)
            let names = try await repo.git("for-each-ref", "--format=%(refname)").split(separator: "\n")
            #expect(names.count { $0.hasPrefix("refs/heads/kept/") } == 40)
        }
    }

    /// Moves the counter to a child of what it is, 15 times; returns how often.
    private func increments(_ location: RepositoryLocation, _ who: String) async throws -> Int {
        let repository = try Repository.open(location)
        let counter = try #require(ReferenceName(branch: "counter"))
        var done = 0
        for round in 0..<400 where done < 15 {
            let old = try #require(try repository.reference(counter))
            let new = try repository.child(of: old, message: "\(who) \(round)\n")
            do {
                try repository.move(
                    [ReferenceMove(counter, from: .exactly(old), to: .object(new))], message: who, by: ada)
                done += 1
            } catch {
                #expect([.modified, .locked].contains(error.code), "\(error)")
            }
            await Task.yield()
        }
        return done
    }

    /// Makes and deletes refs while somebody packs them; returns how many went again.
    private func comeAndGo(_ location: RepositoryLocation) async throws -> Int {
        let repository = try Repository.open(location)
        let tip = try #require(try repository.head.commit)
        var gone = 0
        for index in 0..<40 {
            let name = try #require(ReferenceName(branch: "gone\(index)"))
            try repeatedly {
                try repository.move([ReferenceMove(name, from: .absent, to: .object(tip))], message: "m", by: ada)
            }
            try await Task.sleep(for: .milliseconds(4))
            try repeatedly {
                try repository.move([ReferenceMove(name, from: .exactly(tip), to: .deleted)], message: "m", by: ada)
            }
            gone += try repository.reference(name) == nil ? 1 : 0
        }
        return gone
    }

    /// Tries again while somebody holds a lock.
    private func repeatedly(_ body: () throws -> Void) throws {
        for _ in 0..<50 {
            do { return try body() } catch let error as GitError where error.code == .locked { continue }
        }
        try body()
    }
}

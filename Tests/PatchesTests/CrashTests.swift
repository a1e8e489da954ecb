import Foundation
import GitValues
import SuiteTestSupport
import Testing

/// Kills the real executable at every fault point and lets the next command recover.
struct CrashTests {
    /// A scenario: what is run, and what the repository may look like afterwards.
    private func sweep(
        prepare: (TestRepository) async throws -> Void = { try await $0.makeDirty() }, _ arguments: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var kills = 0
        for point in 1...200 {
            let died = try await TestRepository.with { repository -> Bool in
                try await prepare(repository)
                let before = try await RepositoryState.read(repository)
                let files = before.files
                let killed = try await repository.with(environment: ["GITPATCH_FAULT": "*:\(point)"])
                    .run("git-patch", arguments)
                guard killed.exitCode == 137 else {
                    #expect(killed.succeeded, "\(killed)", sourceLocation: sourceLocation)
                    return false
                }
                let next = try await repository.patch("status")
                #expect(next.succeeded, "point \(point): \(next)", sourceLocation: sourceLocation)
                #expect(try await repository.locks() == [], "point \(point)", sourceLocation: sourceLocation)
                let fsck = try await repository.tryGit(["fsck", "--full", "--strict"])
                #expect(fsck.succeeded, "point \(point): \(fsck)", sourceLocation: sourceLocation)
                let after = try await RepositoryState.read(repository)
                if after.references == before.references && after.head == before.head {
                    #expect(after == before, "point \(point) was not taken back", sourceLocation: sourceLocation)
                } else {
                    let whole = try await TestRepository.with { twin -> String in
                        try await prepare(twin)
                        #expect(try await twin.run("git-patch", arguments).succeeded)
                        return try await RepositoryState.read(twin).shape
                    }
                    #expect(after.shape == whole, "point \(point) is half done", sourceLocation: sourceLocation)
                    #expect(after.files == files || arguments.contains("--return") || arguments == ["undo"])
                    try await repository.mustPatch("undo")
                    let undone = try await RepositoryState.read(repository)
                    #expect(undone.shape == before.shape, "point \(point)", sourceLocation: sourceLocation)
                    #expect(undone.index == before.index, "point \(point)", sourceLocation: sourceLocation)
                }
                #expect(try await repository.git("for-each-ref", "refs/gitpatch").split(separator: "\n").count <= 3)
                return true
            }
            if !died { break }
            kills += 1
        }
        #expect(kills > 5, "the fault points are not compiled in", sourceLocation: sourceLocation)
    }

    @Test func createSurvivesAKillAtEveryStep() async throws { try await sweep(["Fix the greeting"]) }

    @Test func createStaySurvivesAKillAtEveryStep() async throws { try await sweep(["Fix the greeting", "--stay"]) }

    @Test func undoSurvivesAKillAtEveryStep() async throws {
        try await sweep(
            prepare: { repository in
                try await repository.makeDirty()
                try await repository.mustPatch("Fix the greeting")
            }, ["undo"])
    }

    @Test func aLockOfAnotherProgramIsNeverRemoved() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            let lock = repository.path + "/.git/index.lock"
            #expect(FileManager.default.createFile(atPath: lock, contents: Data("theirs".utf8)))
            let before = try await RepositoryState.read(repository)
            let result = try await repository.patch("Fix the greeting")
            #expect(result.exitCode == 75)
            #expect(result.errorOutput.contains("index.lock"))
            #expect(FileManager.default.contents(atPath: lock) == Data("theirs".utf8))
            #expect(try await RepositoryState.read(repository) == before)
        }
    }

    @Test func aSecondCommandIsToldWhoWorks() async throws {
        try await TestRepository.with { repository in
            try await repository.makeDirty()
            let second = try await repository.run(
                "git-patch", ["Outer", "--run", "git-patch Inner; test $? = 75 && git-patch Inner 2>err; cat err >&2"])
            #expect(second.errorOutput.contains("git patch create (process "), "\(second)")
        }
    }
}

extension RepositoryState {
    /// What must be the same in two runs: everything but commit ids, inodes and times.
    fileprivate var shape: String {
        let names = references.map { $0.split(separator: " ").first.map(String.init) ?? "" }
        let contents = files.keys.sorted().map {
            "\($0) \(files[$0]?.bytes?.base64EncodedString() ?? "") \(files[$0]?.mode ?? 0)"
        }
        let fields = status.split(separator: "\0").map { $0.split(separator: " ").prefix(3).joined(separator: " ") }
        return ([head] + names + contents + fields).joined(separator: "\n")
    }
}

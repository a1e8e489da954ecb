import Foundation
import SuiteTestSupport
import Testing

/// A patch made and undone in repositories of random shapes: everything is as it was.
///
/// `GITPATCH_UNDO_SHAPES` is how many are made, `GITPATCH_SHAPE` is the one seed to try again.
struct UndoShapeTests {
    private static let seeds: [UInt64] = {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["GITPATCH_SHAPE"].flatMap(UInt64.init) { return [seed] }
        return Array(1...max(1, environment["GITPATCH_UNDO_SHAPES"].flatMap(UInt64.init) ?? 24))
    }()

    private static let modes: [[String]] = [[], ["--stay"], ["--return"]]

    enum End: Sendable { case undone, refused }

    @Test func undoGivesBackTheExactStateInEveryShape() async throws {
        var undone = 0
        var refused = 0
        try await withThrowingTaskGroup(of: (UInt64, Result<End, any Error>).self) { group in
            for seed in UndoShapeTests.seeds {
                group.addTask {
                    do { return (seed, .success(try await UndoShapeTests.roundTrip(seed))) } catch {
                        return (seed, .failure(error))
                    }
                }
            }
            for try await (seed, result) in group {
                switch result {
                case .success(.undone): undone += 1
                case .success(.refused): refused += 1
                case .failure(let error): Issue.record("GITPATCH_SHAPE=\(seed): \(error)")
                }
            }
        }
        print("undo of random shapes: \(undone) given back exactly, \(refused) refused and untouched")
        #expect(undone > refused)
    }

    private static func roundTrip(_ seed: UInt64) async throws -> End {
        try await TestRepository.with { repository in
            var shape = Shape(seed: seed, in: repository)
            try await shape.build()
            let mode = modes[Int(seed % 3)]
            let before = try await RepositoryState.read(repository)
            let made = try await repository.run("git-patch", ["Round trip"] + mode)
            let steps = shape.steps.joined(separator: "\n")
            func require(_ condition: Bool, _ text: String) throws {
                if !condition { throw Judge.Finding(description: "\(text)\n\(made)\n\(mode)\n\(steps)") }
            }
            if !made.succeeded {
                try require(made.exitCode == 1, "neither made nor refused")
                let after = try await RepositoryState.read(repository)
                try require(after == before, "refused, and yet changed: \(after.difference(from: before))")
                return .refused
            }
            let undone = try await repository.patch("undo")
            try require(undone.succeeded, "not undone: \(undone)")
            let after = try await RepositoryState.read(repository)
            try require(after == before, "undo gives something else: \(after.difference(from: before))")
            return .undone
        }
    }
}

extension RepositoryState {
    /// The parts that differ, in words.
    func difference(from other: RepositoryState) -> String {
        var words: [String] = []
        if head != other.head { words.append("HEAD") }
        if references != other.references { words.append("references \(references) instead of \(other.references)") }
        if index != other.index { words.append("the bytes of the index") }
        if entries != other.entries { words.append("entries\n\(entries)\ninstead of\n\(other.entries)") }
        if status != other.status { words.append("status \(status) instead of \(other.status)") }
        for name in Set(files.keys).union(other.files.keys).sorted() where files[name] != other.files[name] {
            let (now, was) = (files[name], other.files[name])
            let what = now?.bytes != was?.bytes ? "bytes" : now?.mode != was?.mode ? "mode" : "time or inode"
            words.append("\(what) of \(name.debugDescription)")
        }
        return words.joined(separator: ", ")
    }
}

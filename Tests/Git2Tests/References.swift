import Foundation
import Git2
import GitValues
import SuiteTestSupport
import Testing

func name(_ branch: String) throws -> ReferenceName { try #require(ReferenceName(branch: branch)) }

/// Why a move is refused; `nil` when it is made.
func refusal(_ repository: borrowing Repository, _ moves: [ReferenceMove]) -> GitError? {
    do {
        try repository.move(moves, message: "m", by: ada)
        return nil
    } catch {
        return error
    }
}

/// The lock files in the git directory.
func locks(in repo: TestRepository) -> [String] {
    let files = FileManager.default.enumerator(atPath: repo.path + "/.git")?.compactMap { $0 as? String } ?? []
    return files.filter { $0.hasSuffix(".lock") }.sorted()
}

import Foundation
import GitValues
import Snapshots
import SuiteTestSupport
import Testing

/// Repositories of random shapes, with git as the oracle.
///
/// `GITPATCH_SHAPES` is how many are made, or a range of seeds such as `501-1000`; `GITPATCH_SHAPE` is the one seed to try
/// again.
struct ShapeTests {
    private static let seeds: [UInt64] = {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["GITPATCH_SHAPE"].flatMap(UInt64.init) { return [seed] }
        let numbers = (environment["GITPATCH_SHAPES"] ?? "120").split(separator: "-").compactMap { UInt64($0) }
        let last = max(1, numbers.last ?? 120)
        return Array((numbers.count > 1 ? min(numbers[0], last) : 1)...last)
    }()

    @Test func capturesEqualGitInEveryShape() async throws {
        var engines: [Capture.Engine: Int] = [:]
        try await withThrowingTaskGroup(of: (UInt64, Verdict).self) { group in
            var seeds = ShapeTests.seeds.makeIterator()
            for _ in 0..<2 {
                if let seed = seeds.next() { group.addTask { (seed, try await ShapeTests.verdict(seed)) } }
            }
            for try await (seed, verdict) in group {
                switch verdict {
                case .equal(let engine): engines[engine, default: 0] += 1
                case .notComparable: break
                case .different(let words): Issue.record("GITPATCH_SHAPE=\(seed): \(words)")
                }
                if let seed = seeds.next() { group.addTask { (seed, try await ShapeTests.verdict(seed)) } }
            }
        }
        print("shapes: \(engines)")
        if ShapeTests.seeds.count >= 100 {
            // A generator that only ever reaches one engine would prove nothing about the other.
            #expect(engines[.library, default: 0] > ShapeTests.seeds.count / 3)
            #expect(engines[.git, default: 0] > ShapeTests.seeds.count / 20)
        }
    }

    enum Verdict: Sendable {
        case equal(Capture.Engine)
        /// Git itself refuses the shape, and so did we.
        case notComparable
        case different(String)
    }

    private static func verdict(_ seed: UInt64) async throws -> Verdict {
        try await TestRepository.with { repository in
            var shape = Shape(seed: seed, in: repository)
            try await shape.build()
            let comparison = ShapeComparison(repository: repository, steps: shape.steps)
            return try await comparison.verdict(scope: random(seed), inGitMode: seed % 7 == 0)
        }
    }

    private static func random(_ seed: UInt64) -> CaptureRequest.Scope {
        switch seed % 10 {
        case 3: .trackedOnly
        case 6: .staged
        default: .everything
        }
    }
}

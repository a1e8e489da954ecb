import Foundation
import SuiteTestSupport
import Testing

@testable import Pipelines

/// A pipeline whose jobs wait for one another without a reason: what is said of it, and whether that comes true.
@Suite(.enabled(if: Oracles.act != nil && Oracles.node != nil))
struct SerialPipelineTests {
    private static let path = ".github/workflows/ci.yml"

    /// A classifying job whose answer five others use, one after the other, and one that looks at them all.
    private static func serial(_ unit: Double) -> String {
        func job(_ name: String, needs: String, _ seconds: Double) -> String {
            """
              \(name):
                runs-on: ubuntu-24.04
                timeout-minutes: 5
                needs: [\(needs)]
                steps:
                  - run: sleep \(seconds * unit)
                    env:
                      LEVEL: ${{ needs.setup.outputs.level }}

            """
        }
        return """
            name: ci
            on: push
            permissions: {}
            jobs:
              setup:
                runs-on: ubuntu-24.04
                timeout-minutes: 5
                outputs:
                  level: ${{ steps.it.outputs.level }}
                steps:
                  - id: it
                    run: sleep \(unit); echo level=full >> "$GITHUB_OUTPUT"

            """ + job("lint", needs: "setup", 1) + job("unit", needs: "lint", 3) + job("security", needs: "unit", 2)
                + job("performance", needs: "security", 2) + job("build", needs: "performance", 2) + """
                      status:
                        runs-on: ubuntu-24.04
                        timeout-minutes: 5
                        if: always()
                        needs: [setup, lint, unit, security, performance, build]
                        steps:
                          - run: test "$RESULTS" = "success success success success success success"
                            env:
                              RESULTS: ${{ join(needs.*.result, ' ') }}

                    """
    }

    private struct Document: Decodable {
        struct File: Decodable {
            var seconds: Double
            var secondsWithoutNeedlessWaits: Double
            var findings: [AnalyzeTests.Document.Item]
        }
        var files: [File]
    }

    /// In the long run the jobs last long enough to compare times: act itself takes a few tenths of a second per job.
    @Test func theEdgesAreNamedAndTheTimeComesTrue() async throws {
        let isLong = ProcessInfo.processInfo.environment["GITPATCH_LONG"] != nil
        try await TestRepository.with { repository in
            try await repository.commit("one", files: [Self.path: Self.serial(isLong ? 4 : 0.2)])
            let clock = ContinuousClock()
            let start = clock.now
            let before = try await ActRun.run("push", in: repository)
            let serialTime = clock.now - start
            #expect(before.exit == 0, "\(before.output)")
            let log = repository.scratch.path + "/act.json"
            try Data(before.events.utf8).write(to: URL(fileURLWithPath: log))
            let found = try await repository.run("git-validate", ["ci", "analyze", "--json", "--history", log])
            let file = try #require(try JSONDecoder().decode(Document.self, from: Data(found.outputBytes)).files.first)
            let edges = file.findings.filter { $0.rule == "R1" || $0.rule == "R2" }.map(\.message)
            #expect(edges.count == 4, "\(edges)")
            #expect(
                ["'unit' ", "'security' ", "'performance' ", "'build' "].allSatisfy { name in
                    edges.contains { $0.contains(name) }
                })

            let patch = try await repository.run("git-validate", ["ci", "analyze", "--fix", "--history", log])
            try await repository.git(["apply", "-"], input: patch.output)
            try await repository.commit("two")
            let middle = clock.now
            let after = try await ActRun.run("push", in: repository, jobsAtOnce: 8)
            let parallelTime = clock.now - middle
            #expect(after.exit == 0 && after.results.count == 7, "\(after.output)")
            #expect(after.happened("+unit", before: "-lint"), "what carries none does not: \(after.order)")
            for job in ["lint", "unit", "security", "performance", "build"] {
                #expect(after.happened("-setup", before: "+" + job), "what carries data still waits")
            }
            #expect(after.happened("-unit", before: "+status"))
            if isLong {
                let measured =
                    Double(parallelTime.components.seconds) + Double(parallelTime.components.attoseconds) / 1e18
                let predicted = file.secondsWithoutNeedlessWaits
                print(
                    "serial \(serialTime), predicted serial \(file.seconds), parallel \(parallelTime), predicted \(predicted)"
                )
                #expect(abs(predicted - measured) <= measured / 10)
            }
        }
    }
}

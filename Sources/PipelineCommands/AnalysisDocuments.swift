import CommandOptions
import GitValues
import Pipelines
import Store

/// `git validate ci analyze --json`.
struct AnalysisDocument: Encodable {
    struct Job: Encodable {
        var name: String
        var line: Int
        var needs: [String]
        var start: Double
        var seconds: Double
        var slack: Double
        var setup: Double
        var runners: [String]
        var measured: Bool
        var critical: Bool
    }

    struct Item: Encodable {
        var rule: String
        var level: String
        var line: Int
        var message: String
        var seconds: Double?
        var amount: Double?
        var fixable: Bool
    }

    struct WhatIf: Encodable {
        var change: String
        var seconds: Double
    }

    struct File: Encodable {
        var path: String
        var seconds: Double
        var secondsWithoutNeedlessWaits: Double
        var criticalPath: [String]
        /// Started minutes on the forge's machines.
        var minutes: Int
        /// Seconds on machines of one's own; absent where there are none.
        var ownSeconds: Double?
        /// Runners of a kind that is not known, counted as Linux; absent where there are none.
        var unknownRunners: Int?
        var costPerRun: Double
        var costPerMonth: Double
        var jobs: [Job]
        var whatIf: [WhatIf]
        var findings: [Item]
        var patch: String?
    }

    var version = 1
    var currency = Prices.currency
    var pricesOf = Prices.date
    var runsPerMonth: Int
    var files: [File]
    /// Which runners the jobs of `.gitpatch` need; none of jobs with too few recorded runs.
    var runners: [RunnerDocument]
    var errors: [ProblemDocument]

    init(_ analyses: [Analysis], _ broken: [YAMLProblem], _ advice: [RunnerAdvice], runsPerMonth: Int) {
        self.runsPerMonth = runsPerMonth
        runners = advice.map { RunnerDocument($0) }
        errors = broken.map { ProblemDocument($0) }
        files = analyses.map { analysis in
            let graph = analysis.graph
            let (starts, slack, critical) = (graph.starts(), graph.slack(), Set(graph.criticalPath))
            return File(
                path: analysis.workflow.path, seconds: graph.seconds,
                secondsWithoutNeedlessWaits: analysis.secondsWithoutNeedlessWaits, criticalPath: graph.criticalPath,
                minutes: graph.cost.minutes, ownSeconds: graph.cost.own > 0 ? graph.cost.own : nil,
                unknownRunners: graph.cost.unknown > 0 ? graph.cost.unknown : nil, costPerRun: graph.cost.amount,
                costPerMonth: graph.cost.amount * Double(runsPerMonth),
                jobs: graph.nodes.map { node in
                    Job(
                        name: node.name, line: node.line, needs: node.needs, start: starts[node.name] ?? 0,
                        seconds: node.seconds, slack: max(0, slack[node.name] ?? 0), setup: node.setup,
                        runners: node.runners.map(\.rawValue), measured: node.isMeasured,
                        critical: critical.contains(node.name))
                },
                whatIf: analysis.whatIfs.map { WhatIf(change: $0.change, seconds: $0.seconds) },
                findings: analysis.findings.map { finding in
                    Item(
                        rule: finding.rule.rawValue, level: finding.level.rawValue, line: finding.line,
                        message: finding.message, seconds: finding.seconds, amount: finding.amount,
                        fixable: finding.fix != nil)
                }, patch: analysis.patch.isEmpty ? nil : analysis.patch)
        }
    }
}

/// Findings in the form of SARIF 2.1.0.
enum SARIF {
    static func text(_ analyses: [Analysis], _ broken: [YAMLProblem]) throws -> String {
        let results = analyses.flatMap(\.findings).map { finding in
            Result(
                ruleId: finding.rule.rawValue, level: finding.level.rawValue, message: Text(text: finding.message),
                locations: [Location(path: finding.path, line: finding.line)])
        }
        let unread = broken.map { problem in
            Result(
                ruleId: "unreadable", level: "error", message: Text(text: problem.reason),
                locations: [Location(path: problem.path, line: problem.line)])
        }
        let rules = Rule.allCases.map { Tool.Driver.Rule(id: $0.rawValue, shortDescription: Text(text: $0.summary)) }
        let log = Log(runs: [Run(tool: Tool(driver: .init(rules: rules)), results: results + unread)])
        return try JSONText.encode(log)
    }

    private struct Log: Encodable {
        var schema = "https://json.schemastore.org/sarif-2.1.0.json"
        var version = "2.1.0"
        var runs: [Run]

        enum CodingKeys: String, CodingKey {
            case schema = "$schema"
            case version, runs
        }
    }

    private struct Run: Encodable {
        var tool: Tool
        var results: [Result]
    }

    private struct Tool: Encodable {
        struct Driver: Encodable {
            struct Rule: Encodable {
                var id: String
                var shortDescription: Text
            }
            var name = "git-validate"
            var rules: [Rule]
        }
        var driver: Driver
    }

    private struct Text: Encodable { var text: String }

    private struct Result: Encodable {
        var ruleId: String
        var level: String
        var message: Text
        var locations: [Location]
    }

    private struct Location: Encodable {
        struct Physical: Encodable {
            struct Artifact: Encodable { var uri: String }
            struct Region: Encodable { var startLine: Int }
            var artifactLocation: Artifact
            var region: Region
        }
        var physicalLocation: Physical

        init(path: String, line: Int) {
            physicalLocation = Physical(artifactLocation: .init(uri: path), region: .init(startLine: max(1, line)))
        }
    }
}

import ArgumentParser
import CommandOptions
import Console
import GitValues
import Patches

/// `git patch doctor`: looks at everything that can be wrong.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Look for what can be wrong: git, configuration, store, locks.",
        usage: "git patch doctor [<options>]")

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let findings = try await Doctor.visit(program: CommandLine.arguments.first ?? "git-patch").findings()
        let isBroken = findings.contains { $0.state == .broken }
        if output.json {
            try output.printJSON(DoctorJSON(findings))
        } else {
            for finding in findings {
                output.console.result("\(finding.state.rawValue): \(finding.name): \(safeForTerminal(finding.detail))")
                if let hint = finding.hint { output.console.hint(safeForTerminal(hint)) }
            }
        }
        if isBroken {
            let isConfiguration = findings.allSatisfy { $0.state != .broken || $0.name == "configuration" }
            throw ExitCode(isConfiguration ? ExitStatus.configuration : ExitStatus.refused)
        }
    }
}

/// What `doctor` prints with `--json`.
struct DoctorJSON: Encodable {
    struct Check: Encodable {
        var name: String
        var state: String
        var detail: String
        var hint: String?
    }

    var version = 1
    var checks: [Check]

    init(_ findings: [Finding]) {
        checks = findings.map { Check(name: $0.name, state: $0.state.rawValue, detail: $0.detail, hint: $0.hint) }
    }
}

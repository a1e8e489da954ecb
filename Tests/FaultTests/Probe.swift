import Foundation
import SuiteTestSupport

/// Runs a command under `fault-probe`, which numbers every system call by which it changes a file.
enum Probe {
    /// Which processes die at the chosen call.
    enum Victim: String, CaseIterable, Sendable {
        /// All of them, as when the machine is pulled away.
        case tree
        /// The one that makes the call, which may be a child.
        case caller
        /// The command itself; its children go on.
        case main
    }

    /// What happens at the chosen call.
    enum Fault: Sendable {
        case none
        case kill(Int, Victim)
        /// From this call on, or only there, everything that takes space fails.
        case fail(Int, error: String, sticky: Bool)
    }

    /// One call that changed a file.
    struct Call: Sendable {
        var process: String
        var name: String
        var path: String
        var target: String
        /// Negative: an error number.
        var result: Int
    }

    struct Outcome: Sendable {
        var command: CommandResult
        /// How many calls were seen.
        var calls: Int
        /// Whether the chosen call was among them.
        var reached: Bool
    }

    /// Whether processes may be traced here; without it these tests are skipped.
    static let isAvailable = (try? ChildProcess.run(productsDirectory + "/fault-probe", ["--", "true"]))?.code == 0

    /// The programs that stand for the machine of a remote.
    private static let servers = ["git-receive-pack", "git-upload-pack", "git receive-pack", "git upload-pack"]

    static func run(
        _ repository: TestRepository, _ program: String, _ arguments: [String], _ fault: Fault = .none,
        log: String? = nil, environment: [String: String] = [:]
    ) async throws -> Outcome {
        var options = ["--under", repository.scratch.path] + servers.flatMap { ["--serve", $0] }
        switch fault {
        case .none: break
        case .kill(let number, let victim): options += ["--kill", "\(number)", "--who", victim.rawValue]
        case .fail(let number, let error, let sticky):
            options += ["--fail", "\(number)", "--error", error] + (sticky ? ["--sticky"] : [])
        }
        if let log { options += ["--log", log] }
        let words = options + ["--", productsDirectory + "/" + program] + arguments
        var command = try await repository.with(environment: environment).run("fault-probe", words)
        let marker = "fault-probe: "
        let last = command.errorOutput.split(separator: "\n").last { $0.hasPrefix(marker) } ?? ""
        let fields = last.dropFirst(marker.count).split(separator: " ")
        let own = command.errorOutput.split(separator: "\n").filter { !$0.hasPrefix(marker) }.joined(separator: "\n")
        command = CommandResult(
            command: ([program] + arguments).joined(separator: " "), exitCode: command.exitCode,
            outputBytes: command.outputBytes, errorBytes: Array(own.utf8))
        return Outcome(
            command: command, calls: fields.first.flatMap { Int($0) } ?? 0, reached: last.hasSuffix(", reached"))
    }

    /// The calls a log holds.
    static func calls(in log: String) throws -> [Call] {
        try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").compactMap { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 5, let result = Int(fields[4]) else { return nil }
            return Call(process: fields[0], name: fields[1], path: fields[2], target: fields[3], result: result)
        }
    }
}

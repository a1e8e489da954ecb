import Foundation
import Pipelines
import SuiteTestSupport

/// A run of a repository's workflow by act, on this machine, without containers or network.
struct ActRun {
    /// How each job ended, by its id.
    let results: [String: String]
    /// What act did: `+job` for a start, `-job` for an end, in order.
    let order: [String]
    let exit: Int32
    /// What the stand-ins of actions were given, one line per call.
    let calls: [String]
    let output: String
    /// Where what was uploaded is, by its name.
    let shelf: String
    /// What act wrote with `--json`.
    let events: String

    /// Runs an event.
    static func run(
        _ event: String, in repository: TestRepository, payload: String = "{}", jobsAtOnce: Int = 4,
        more: [String] = []
    ) async throws -> ActRun {
        let stubs = try stubs(in: repository.scratch)
        let calls = repository.scratch.path + "/calls-" + UUID().uuidString
        try Data().write(to: URL(fileURLWithPath: calls))
        let file = repository.scratch.path + "/event.json"
        try Data(payload.utf8).write(to: URL(fileURLWithPath: file))
        var arguments = [
            event, "-P", "ubuntu-24.04=-self-hosted", "-P", "ubuntu-22.04=-self-hosted", "--container-daemon-socket",
            "-", "--json", "--concurrent-jobs", "\(jobsAtOnce)", "--env", "CALLS=" + calls, "--eventpath", file,
        ]
        for pin in Pins.all + [Pins.uploadElsewhere, Pins.downloadElsewhere] where pin.action != Pins.checkout.action {
            let name = pin.action.split(separator: "/").prefix(2).joined(separator: "/")
            arguments += ["--local-repository", "\(name)@\(pin.commit)=\(stubs)/\(name)"]
        }
        let shelf = try repository.scratch.makeDirectory("shelf-" + UUID().uuidString)
        arguments += ["--env", "SHELF=" + shelf] + more
        let environment = ["CALLS": calls, "PATH": (repository.environment["PATH"] ?? "") + ":/usr/local/bin"]
        let result = try await repository.with(environment: environment).run(Oracles.act ?? "act", arguments)
        let events = result.output.split(separator: "\n").compactMap { line in
            try? JSONDecoder().decode(Event.self, from: Data(line.utf8))
        }
        var results: [String: String] = [:]
        var order: [String] = []
        for event in events {
            guard let job = event.jobID else { continue }
            if !order.contains("+" + job) { order.append("+" + job) }
            guard let outcome = event.jobResult else { continue }
            results[job] = outcome
            order.append("-" + job)
        }
        let text = try String(contentsOfFile: calls, encoding: .utf8)
        return ActRun(
            results: results, order: order, exit: result.exitCode, calls: text.split(separator: "\n").map(String.init),
            output: result.description, shelf: shelf, events: result.output)
    }

    /// Whether one thing happened before another; false when one of them did not happen.
    func happened(_ first: String, before second: String) -> Bool {
        guard let one = order.firstIndex(of: first), let two = order.firstIndex(of: second) else { return false }
        return one < two
    }

    private struct Event: Decodable {
        var jobID: String?
        var jobResult: String?
    }

    /// Stand-ins for the actions that the workflow uses: each writes down what it was given, in one write, since jobs
    /// run side by side. What is uploaded can be downloaded.
    private static func stubs(in scratch: Scratch) throws -> String {
        let folder = scratch.path + "/stubs"
        for (action, inputs) in [
            ("actions/cache/restore", ["path", "key", "restore-keys"]), ("actions/cache/save", ["path", "key"]),
            ("actions/upload-artifact", ["name", "path", "if-no-files-found", "retention-days"]),
            ("actions/download-artifact", ["name", "path"]),
            ("github/codeql-action/upload-sarif", ["sarif_file", "category"]),
        ] {
            let deed =
                switch action {
                case "actions/upload-artifact":
                    "mkdir -p \"$SHELF/$NAME\"; printf '%s\\n' \"$FILES\" | while read -r file; do if [ -e \"$file\" ]; then cp -R \"$file\" \"$SHELF/$NAME\"; fi; done"
                case "actions/download-artifact": "cp -R \"$SHELF/$NAME/.\" \"$FILES\""
                default: "true"
                }
            let declared = inputs.map { "  \($0): {description: x}\n" }.joined()
            let shown = inputs.map { "\($0)=${{ inputs.\($0) }}" }.joined(separator: " ")
            let text = """
                name: stand-in
                description: writes its inputs down
                inputs:
                \(declared)runs:
                  using: composite
                  steps:
                    - shell: bash
                      env:
                        SHOWN: "\(shown)"
                        NAME: ${{ inputs.name }}
                        FILES: ${{ inputs.path }}
                      run: |
                        \(deed)
                        line=$(echo "\(action) $SHOWN" | tr '\\n' ' '); echo "$line" >> "$CALLS"

                """
            let place = URL(fileURLWithPath: "\(folder)/\(action)/action.yml")
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: place)
        }
        return folder
    }
}

import Foundation
import Testing

/// A scenario file: what a person types, what must come out.
///
/// ```
/// # A sentence that says what is promised. Comments and empty lines may stand anywhere.
/// cd ../clone                 the folder of the following commands; starts as `work`, a repository without a commit
/// set NAME=VALUE              a variable of the following commands
/// file PATH [executable]      a file; its content is the lines that follow, indented by four spaces
///     content
/// remote                      commits what is there, makes the bare repository `../origin.git`, pushes `main` to it
/// $ COMMAND                   a line for `sh`; the lines below say how it must end
/// ? 1                         its exit code, when it is not 0
/// > LINE                      its standard output, all of it; `...` stands for any lines, `*` for any text in a line
/// 2> LINE                     its standard error, the same way
/// ~ TEXT                      text that occurs in one of both
/// !~ TEXT                     text that occurs in neither
/// $~ COMMAND                  the same, run again and again until it ends as said: for what happens in the background
/// ```
///
/// `<scratch>` is the scratch folder, in both directions. In what a command writes, object ids read `<id>` and times
/// and durations `<time>`.
struct Scenario: CustomTestStringConvertible {
    /// One thing to do.
    enum Step {
        case change(directory: String)
        case set(name: String, value: String)
        case write(path: String, content: String, executable: Bool)
        case remote
        case run(Command)
    }

    /// A command line with what is expected of it.
    struct Command {
        var line: String
        var number: Int
        var repeats = false
        var exitCode: Int32 = 0
        var output: [String]?
        var errorOutput: [String]?
        var present: [String] = []
        var absent: [String] = []
    }

    /// A line that is none of the above.
    struct Malformed: Error, CustomStringConvertible {
        let file: String
        let number: Int
        let line: String
        var description: String { "\(file):\(number): not understood: \(line)" }
    }

    let name: String
    private(set) var steps: [Step] = []

    var testDescription: String { name }

    /// Every scenario of the folder, by name.
    static func all() throws -> [Scenario] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Scripts")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            .filter { $0.hasSuffix(".txt") }
            .map { file in
                let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
                return try Scenario(name: String(file.dropLast(4)), text: text)
            }
    }

    /// Parses a scenario.
    init(name: String, text: String) throws {
        self.name = name
        for (index, text) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = String(text)
            guard try take(line, number: index + 1) else {
                throw Malformed(file: name, number: index + 1, line: line)
            }
        }
    }

    private mutating func take(_ line: String, number: Int) throws -> Bool {
        if line.hasPrefix("    "), case .write(let path, let content, let executable) = steps.last {
            steps[steps.count - 1] = .write(
                path: path, content: content + line.dropFirst(4) + "\n", executable: executable)
            return true
        }
        if line.isEmpty || line.hasPrefix("#") { return true }
        if line == "remote" {
            steps.append(.remote)
            return true
        }
        let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let rest = parts.count == 2 ? parts[1] : ""
        switch parts[0] {
        case "cd": steps.append(.change(directory: rest))
        case "set":
            guard let equals = rest.firstIndex(of: "=") else { return false }
            steps.append(.set(name: String(rest[..<equals]), value: String(rest[rest.index(after: equals)...])))
        case "file":
            let isExecutable = rest.hasSuffix(" executable")
            steps.append(
                .write(path: isExecutable ? String(rest.dropLast(11)) : rest, content: "", executable: isExecutable))
        case "$", "$~": steps.append(.run(Command(line: rest, number: number, repeats: parts[0] == "$~")))
        default: return expect(parts[0], rest)
        }
        return true
    }

    private mutating func expect(_ mark: String, _ rest: String) -> Bool {
        guard case .run(var command) = steps.last else { return false }
        switch mark {
        case "?":
            guard let code = Int32(rest) else { return false }
            command.exitCode = code
        case ">": command.output = (command.output ?? []) + [rest]
        case "2>": command.errorOutput = (command.errorOutput ?? []) + [rest]
        case "~": command.present.append(rest)
        case "!~": command.absent.append(rest)
        default: return false
        }
        steps[steps.count - 1] = .run(command)
        return true
    }
}

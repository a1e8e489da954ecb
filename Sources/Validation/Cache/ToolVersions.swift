import GitProcess
import GitValues
import HookInput
import Settings
import Store
import SystemPackage

/// What the `tool` lines of checks say, each as its first line and a digest of all of it.
struct ToolVersions: Sendable {
    private var versions: [String: String] = [:]

    /// What a line says with the variables that a check declares; `nil` when it tells nothing.
    subscript(line: String, check: CheckDefinition) -> String? { versions[ToolVersions.name(line, check)] }

    /// Names a line with the declarations that decide what its child sees.
    private static func name(_ line: String, _ check: CheckDefinition) -> String {
        check.env.isEmpty ? line : "\(line)\n\(check.env.sorted().joined(separator: " "))"
    }

    /// What the content of each kept folder depends on: the versions of the tools of all checks that keep it. Folders of
    /// a check whose versions are not known yet are left out.
    func cacheKeys(_ checks: [CheckDefinition]) -> [String: String] {
        var keys: [String: String] = [:]
        for folder in Set(checks.flatMap(\.cacheDirs)) {
            let lines = Set(
                checks.filter { $0.cacheDirs.contains(folder) }.flatMap { check in
                    check.tools.map { ToolVersions.name($0, check) }
                }
            ).sorted()
            guard lines.allSatisfy({ versions[$0] != nil }) else { continue }
            let text = lines.map { "\($0)=\(versions[$0] ?? "")\n" }.joined()
            keys[folder] = SHA256.hex(Array((KeyMaker.system + "\n" + text).utf8))
        }
        return keys
    }

    /// How long an answer is believed while the program it came from, the tree and the variables are the same: wrappers
    /// that choose among installed versions do not change when the choice does.
    private static let lifetime = 900.0

    private struct Answer: Codable {
        var version: String
        var asked: Timestamp
    }

    /// A line whose answer is not remembered, where none may be run.
    struct NotKnown: Error {}

    /// Asks every line of the checks, or remembers what it said a short while ago.
    ///
    /// Lines run where the checks do. One that fails or writes nothing has no version.
    ///
    /// - Throws: `NotKnown` when nothing is to be run and a line would have to be.
    static func ask(
        _ checks: [CheckDefinition], _ workspace: Workspace, _ environment: CheckEnvironment, _ store: borrowing Store,
        asking: Bool = true
    ) async throws -> ToolVersions {
        var result = ToolVersions()
        for check in checks {
            for line in check.tools where result[line, check] == nil {
                let fact = "tool/" + identity(of: line, check, workspace.request.tree, environment)
                if let text = try store.fact(fact), let answer = try? JSONText.decode(Answer.self, from: text),
                    abs(Timestamp.now().seconds(since: answer.asked)) < lifetime
                {
                    result.versions[name(line, check)] = answer.version
                    continue
                }
                if !asking { throw NotKnown() }
                guard let version = try await run(line, of: check, workspace, environment) else { continue }
                result.versions[name(line, check)] = version
                try store.setFact(fact, to: try JSONText.encode(Answer(version: version, asked: .now())))
            }
        }
        return result
    }

    private static func run(
        _ line: String, of check: CheckDefinition, _ workspace: Workspace, _ environment: CheckEnvironment
    ) async throws -> String? {
        let worktree = try await workspace.shared()
        let variables = environment.variables(
            for: check, commit: workspace.commit, tree: workspace.request.tree, worktree: worktree.path,
            ceiling: workspace.pool.folder)
        let output = Gathered()
        let command = ShellCommand(
            line, in: FilePath(worktree.path), environment: variables, timeout: TimeSpan(seconds: 60))
        let outcome = try await command.run(under: worktree.guardian) { output.append($0) }
        guard outcome.ending == .exited(0) else { return nil }
        let bytes = output.bytes
        let first = bytes.split(separator: UInt8(ascii: "\n")).first.map {
            String(decoding: $0.prefix(60), as: UTF8.self)
        }
        return first.map { "\($0) \(SHA256.hex(bytes))" }
    }

    /// Names a line together with all that its answer may depend on: the tree it runs in, because programs choose by
    /// files of it (`go.mod`, `.tool-versions`, `rust-toolchain`), the variables of its check, and the program it
    /// starts, as that looks now.
    private static func identity(
        of line: String, _ check: CheckDefinition, _ tree: ObjectID, _ environment: CheckEnvironment
    ) -> String {
        let path = program(of: line, environment.searchPath)
        let state = path.flatMap { path in FileIdentity.of(path).map { "\(path) \($0)" } } ?? ""
        let variables = environment.digest(of: check.env)
        return SHA256.hex(Array("\(line)\n\(tree)\n\(variables)\n\(state)\n\(environment.searchPath)".utf8))
    }

    /// The absolute path of the one program a line starts; `nil` when the line is more than a plain command, or its
    /// program belongs to the tree.
    static func program(of line: String, _ searchPath: String) -> String? {
        let word = line.split(separator: " ").first.map(String.init) ?? ""
        guard !word.isEmpty, !word.contains("="), !line.contains(where: { "\\$`;|&<>()\n".contains($0) }) else {
            return nil
        }
        if word.hasPrefix("/") { return word }
        if word.contains("/") { return nil }
        return searchPath.split(separator: ":").map { "\($0)/\(word)" }.first { Files.kind($0) != .nothing }
    }
}

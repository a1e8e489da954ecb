package import Environments
import GitProcess
import GitValues
package import Settings
package import Store
import SystemPackage

/// One `[environment "NAME"]`.
package struct EnvironmentDefinition: Sendable, Hashable {
    package let name: String
    /// The line that makes it.
    package let setup: String
    /// Files of the tree, or commands, that decide whether it must be made again.
    package let keys: [String]
    /// Folders and files it consists of.
    package let paths: [String]
}

extension Settings {
    /// The environments that are defined, by name.
    ///
    /// - Throws: `EnvironmentProblem.incomplete` for one without `setup` or `path`.
    package func environments() throws -> [EnvironmentDefinition] {
        try subsections(of: "environment").map { name in
            guard let setup = self[EnvironmentKeys.setup, name] else {
                throw EnvironmentProblem.incomplete(name: name, key: "setup")
            }
            let paths = self[EnvironmentKeys.path, name]
            guard !paths.isEmpty else { throw EnvironmentProblem.incomplete(name: name, key: "path") }
            return EnvironmentDefinition(
                name: name, setup: setup, keys: self[EnvironmentKeys.key, name], paths: paths)
        }
    }

    /// The environments of some names, in the order of the file.
    ///
    /// - Throws: `EnvironmentProblem` for one that is not defined as it should be; nothing where none is asked for.
    package func environments(named names: Set<String>) throws -> [EnvironmentDefinition] {
        guard !names.isEmpty else { return [] }
        let defined = try environments()
        if let unknown = names.sorted().first(where: { name in !defined.contains { $0.name == name } }) {
            throw EnvironmentProblem.unknown(name: unknown, known: defined.map(\.name))
        }
        return defined.filter { names.contains($0.name) }
    }
}

/// The environments that checks of one run need, and the names under which they are kept.
struct WarmEnvironments: Sendable {
    let definitions: [EnvironmentDefinition]
    /// What each is made from; one whose key cannot be told is missing, and is made every time.
    let ids: [String: String]
    let store: EnvironmentStore
    /// Where others may have put them; `nil` when no cache is set up.
    let shared: SharedEnvironments?
    let variables: @Sendable (PooledWorktree) -> [String: String]

    /// What came of one environment.
    struct Preparing: Sendable {
        let name: String
        let id: String?
        let origin: EnvironmentOrigin
        let restoring: EnvironmentStore.Restoring?
    }

    /// Finds out what the environments of some checks are made from; `nil` when they need none.
    ///
    /// - Throws: `EnvironmentProblem` for one that is not defined as it should be.
    static func plan(
        for checks: [CheckDefinition], names: [String] = [], _ workspace: Workspace, _ environment: CheckEnvironment,
        _ store: borrowing Store, asking: Bool = true
    ) async throws -> WarmEnvironments? {
        let wanted = Set(checks.flatMap(\.environments)).union(names)
        guard !wanted.isEmpty else { return nil }
        let request = workspace.request
        let definitions = try request.policy.environments(named: wanted)
        var ids: [String: String] = [:]
        for definition in definitions {
            ids[definition.name] = try await id(of: definition, workspace, environment, store, asking)
        }
        let check = CheckDefinition(name: "environment", run: "")
        let kept = EnvironmentStore(request.location.storeDirectory)
        let cache = try RemoteCache.configured(for: request, store, tell: { _ in })
        return WarmEnvironments(
            definitions: definitions, ids: ids, store: kept,
            shared: cache.map { SharedEnvironments(cache: $0, store: kept, git: request.git) },
            variables: { worktree in
                environment.variables(
                    for: check, commit: workspace.commit, tree: request.tree, worktree: worktree.path,
                    ceiling: workspace.pool.folder)
            })
    }

    /// A digest of all that decides what the setup makes; `nil` when a command among the keys says nothing.
    private static func id(
        of definition: EnvironmentDefinition, _ workspace: Workspace, _ environment: CheckEnvironment,
        _ store: borrowing Store, _ asking: Bool
    ) async throws -> String? {
        let request = workspace.request
        var parts = ["1", definition.name, definition.setup, KeyMaker.system] + definition.paths
        parts += environment.deciding.sorted { $0.key < $1.key }.map { "variable \($0.key) \($0.value)" }
        var commands: [String] = []
        for key in definition.keys {
            let found = try await request.git.readOnly.run([
                "rev-parse", "--verify", "--quiet", "\(request.tree.hex):\(key)",
            ])
            if found.succeeded { parts.append("file \(key) \(found.text)") } else { commands.append(key) }
        }
        if !commands.isEmpty {
            var check = CheckDefinition(name: "environment", run: "")
            check.tools = commands
            let versions = try await ToolVersions.ask([check], workspace, environment, store, asking: asking)
            for command in commands {
                guard let version = versions[command, check] else { return nil }
                parts.append("command \(command) \(version)")
            }
        }
        return SHA256.hex(parts.flatMap { Array($0.utf8) + [0] })
    }

    /// Puts every environment into a worktree: restored where it is kept, made and kept where it is not.
    ///
    /// - Throws: `EnvironmentProblem`, `FileProblem`.
    @discardableResult
    func prepare(_ worktree: PooledWorktree, _ holding: PooledWorktree.Holding) async throws -> [Preparing] {
        var done: [Preparing] = []
        for definition in definitions {
            guard let id = ids[definition.name] else {
                _ = try await make(definition, worktree, holding)
                done.append(Preparing(name: definition.name, id: nil, origin: .made, restoring: nil))
                continue
            }
            var origin = EnvironmentOrigin.kept
            if !store.contains(id), let shared, await shared.take(id, definition) { origin = .shared(shared.host) }
            if store.contains(id) {
                do {
                    let restoring = try store.restore(id, into: worktree.path, paths: definition.paths)
                    done.append(Preparing(name: definition.name, id: id, origin: origin, restoring: restoring))
                    continue
                } catch EnvironmentProblem.damaged {
                    store.remove(id)
                }
            }
            let seconds = try await make(definition, worktree, holding)
            try store.keep(id, name: definition.name, from: worktree.path, paths: definition.paths, seconds: seconds)
            store.prune(maxBytes: EnvironmentStore.defaultBytes, maxAge: EnvironmentStore.defaultAge)
            let restoring = try store.restore(id, into: worktree.path, paths: definition.paths)
            done.append(Preparing(name: definition.name, id: id, origin: .made, restoring: restoring))
        }
        return done
    }

    /// Runs the setup; returns how long it took.
    private func make(
        _ definition: EnvironmentDefinition, _ worktree: PooledWorktree, _ holding: PooledWorktree.Holding
    ) async throws -> Double {
        // What is there now is not the setup's to make: it belongs to the tree, or is kept by other means.
        if let path = definition.paths.first(where: { Files.kind(worktree.path + "/" + $0) != .nothing }) {
            throw EnvironmentProblem.inTheWay(path: path)
        }
        let output = Gathered()
        let command = ShellCommand(
            definition.setup, in: FilePath(worktree.path), environment: variables(worktree),
            timeout: TimeSpan(seconds: 3600))
        let outcome = try await command.run(under: worktree.guardian) { output.append($0) }
        guard outcome.ending == .exited(0) else {
            let text = String(decoding: output.bytes, as: UTF8.self).split(separator: "\n").last.map(String.init)
            let ending =
                switch outcome.ending {
                case .exited(let code): "exit code \(code)"
                case .signaled(let number): "ended by signal \(number)"
                case .timedOut: "it took longer than an hour"
                case .cancelled: "it was interrupted"
                }
            throw EnvironmentProblem.setupFailed(
                name: definition.name, reason: text.map { "\($0) (\(ending))" } ?? "\(ending), and it said nothing")
        }
        // A setup that changed tracked files changed what is judged; they come back before any check runs.
        _ = try await worktree.restore(holding)
        return outcome.duration.seconds
    }
}

extension WarmEnvironments {
    /// Gives what is kept to the shared cache, where it may be written to and lacks it.
    func share(rememberingIn store: borrowing Store) async {
        guard let shared else { return }
        for definition in definitions {
            if let id = ids[definition.name] { await shared.offer(id, definition) }
        }
        shared.cache.remember(in: store)
    }
}

/// Where an environment came from.
package enum EnvironmentOrigin: Sendable, Hashable, CustomStringConvertible {
    /// It was kept on this machine.
    case kept
    case made
    /// From the shared cache on a host.
    case shared(String)

    package var description: String {
        switch self {
        case .kept: "was warm"
        case .made: "made"
        case .shared(let host): "from the cache \(host)"
        }
    }
}

/// What `git validate env warm` did for one environment.
package struct WarmedEnvironment: Sendable {
    package let name: String
    /// `nil` when nothing tells what it is made from, so that it cannot be kept.
    package let id: String?
    package let origin: EnvironmentOrigin
    package let placing: Placing?
    package let files: Int?
    package let bytes: Int64?
    /// Seconds until it was in the worktree.
    package let seconds: Double
}

/// Makes environments that are not kept yet, and restores each once, so that the next run finds them warm and whole.
///
/// - Parameters:
///   - names: which; all that are defined when empty.
///   - onlyWhatIsCold: leaves out those that are kept, and those that cannot be.
package func warmEnvironments(
    _ names: [String], for request: ValidationRequest, onlyWhatIsCold: Bool = false, store: borrowing Store
) async throws -> [WarmedEnvironment] {
    let commit = if let known = request.commit { known } else { try await request.git.wrapping(tree: request.tree) }
    let workspace = Workspace(request, commit: commit)
    defer { workspace.release() }
    let wanted = names.isEmpty ? try request.policy.environments().map(\.name) : names
    var warmed: [WarmedEnvironment] = []
    for name in wanted {
        guard
            let environments = try await WarmEnvironments.plan(
                for: [], names: [name], workspace, CheckEnvironment(), store)
        else { continue }
        if onlyWhatIsCold, environments.ids[name].map({ environments.store.contains($0) }) ?? true { continue }
        let worktree = try await workspace.own()
        defer { worktree.release() }
        let clock = SuspendingClock()
        let start = clock.now
        for item in try await environments.prepare(worktree, workspace.holding) {
            warmed.append(
                WarmedEnvironment(
                    name: item.name, id: item.id, origin: item.origin, placing: item.restoring?.placing,
                    files: item.restoring?.files, bytes: item.restoring?.bytes, seconds: (clock.now - start).inSeconds))
        }
        await environments.share(rememberingIn: store)
    }
    return warmed
}

import Environments
import GitProcess
import GitValues
import Settings
import Store

/// A request worked out: which checks take part, under which keys, and what is known of them already.
struct Preparation: Sendable {
    let request: ValidationRequest
    let plan: Plan
    let history: History
    let environment: CheckEnvironment
    let workspace: Workspace
    let keys: [String: CheckKey]
    /// Why checks have no key.
    let lacks: [String: KeyLack]
    /// Recorded passes by check.
    let hits: [String: CheckReport]
    /// Checks with a recorded pass that is put to the test.
    let audited: Set<String>
    /// Checks whose passes are not trusted now.
    let quarantined: Set<String>

    /// Works a request out. The workspace must be released.
    ///
    /// With `auditing`, a random share of the recorded passes is set aside to be run again (`validate.audit`). Without
    /// `asking`, no tool is asked for its version.
    ///
    /// - Throws: `ValidationProblem` when there is nothing to judge, `ToolVersions.NotKnown`.
    static func make(
        _ request: ValidationRequest, calling revision: String, _ store: borrowing Store, auditing: Bool = false,
        asking: Bool = true
    ) async throws -> Preparation {
        let plan = try Plan(request, calling: revision)
        let commit =
            if let known = request.commit { known } else { try await request.git.wrapping(tree: request.tree) }
        let environment = CheckEnvironment()
        let workspace = Workspace(request, commit: commit)
        let open = plan.checks.filter { !plan.leftOut.contains($0.name) }
        let warm = try await WarmEnvironments.plan(for: open, workspace, environment, store, asking: asking)
        workspace.warm(warm)
        let tools = try await ToolVersions.ask(open, workspace, environment, store, asking: asking)
        try workspace.key(caches: tools.cacheKeys(request.policy.checks))
        let (keys, lacks) = try await KeyMaker(
            request: request, plan: plan, environment: environment, warm: warm?.ids ?? [:],
            conversion: try await workspace.rules.effective(on: request.tree, request.git)
        ).keys(tools)
        var hits = request.useCache ? try passes(open, keys, request) : [:]
        let share = auditing ? request.policy[ValidateKeys.audit] : 0
        let audited = Set(hits.keys.filter { _ in share > 0 && Double.random(in: 0..<1) < share })
        for name in audited { hits[name] = nil }
        let cache = try VerdictCache(request.location.storeDirectory)
        var quarantined: Set<String> = []
        for check in open {
            if let key = keys[check.name], try cache.isQuarantined(key) { quarantined.insert(check.name) }
        }
        if auditing, request.useCache,
            let remote = try RemoteCache.configured(
                for: request, store, tell: { request.events(.warning($0)) })
        {
            let settled = Set(hits.keys).union(audited).union(quarantined)
            for check in open where !settled.contains(check.name) {
                guard let key = keys[check.name] else { continue }
                if let hit = try cache.adopt(check, key, from: remote) { hits[check.name] = hit }
            }
            remote.remember(in: store)
        }
        if request.wantsArtifacts {
            let artifacts = ArtifactStore(request.location.storeDirectory)
            for check in open where !check.artifacts.isEmpty {
                if let key = keys[check.name], !artifacts.contains(key.hex) { hits[check.name] = nil }
            }
        }
        return Preparation(
            request: request, plan: plan, history: try History(plan.checks, store),
            environment: environment, workspace: workspace, keys: keys, lacks: lacks, hits: hits, audited: audited,
            quarantined: quarantined)
    }

    /// The checks that the change concerns.
    var open: [CheckDefinition] { plan.checks.filter { !plan.leftOut.contains($0.name) } }

    /// What looks like a slip in what the checks declare.
    var warnings: [String] {
        open.filter { lacks[$0.name] == .inputs }.map { check in
            "'\(check.name)' runs every time: \(KeyLack.inputs.text)"
        }
    }

    /// The reports that are known without running anything.
    var reports: [String: CheckReport] { plan.skips.merging(hits) { $1 } }

    /// The report on the whole; a check without a report has not passed.
    func report(_ reports: [String: CheckReport], wall: Double, warnings: [String]) -> ValidationReport {
        let checks = plan.checks.compactMap { reports[$0.name] }
        let time = TierTime(request, plan, checks)
        let isLate = time.map { $0.isOver && $0.isEnforced } ?? false
        let isGood = checks.count == plan.checks.count && checks.allSatisfy(\.isGood)
        var warnings = warnings
        if let time, time.isOver { warnings.append(time.text(of: request.tier)) }
        return ValidationReport(
            commit: request.commit, tree: request.tree, tier: request.tier,
            outcome: isGood && !isLate ? .passed : .failed, wall: wall,
            checks: CheckReport.gathered(
                plan.checks.compactMap { check in reports[check.name].map { ($0, check.shard) } }),
            warnings: warnings, time: time, scope: request.scope)
    }

    private static func passes(
        _ checks: [CheckDefinition], _ keys: [String: CheckKey], _ request: ValidationRequest
    ) throws -> [String: CheckReport] {
        let cache = try VerdictCache(request.location.storeDirectory)
        var hits: [String: CheckReport] = [:]
        for check in checks {
            if let key = keys[check.name], let hit = try cache.pass(key, fromOthers: request.believesOthers) {
                hits[check.name] = hit
            }
        }
        return hits
    }
}

extension GitProgram {
    /// A commit that holds a tree and nothing else, on no reference; the same one each time.
    func wrapping(tree: ObjectID) async throws -> ObjectID {
        var git = self
        for role in ["AUTHOR", "COMMITTER"] {
            git.environment = git.environment.setting("GIT_\(role)_NAME", "git-patch")
                .setting("GIT_\(role)_EMAIL", "git-patch@localhost").setting("GIT_\(role)_DATE", "@0 +0000")
        }
        let made = try await git.output(["commit-tree", "--no-gpg-sign", "-m", "a tree to validate", tree.hex])
        guard let id = ObjectID(hex: made.text) else {
            throw GitProcessError(code: .failed, operation: "git commit-tree", message: "no object id")
        }
        return id
    }
}

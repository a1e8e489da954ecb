package import GitProcess
package import GitValues
package import Settings

/// What to validate, by which checks, and how.
package struct ValidationRequest: Sendable {
    /// Who asks. It decides nothing but how long others' runs are waited for and what is told.
    package enum Purpose: String, Sendable, Codable {
        case asked
        case push
        case speculation
        case landing

        /// The word for people.
        package var text: String {
            switch self {
            case .asked: "run"
            case .push: "push"
            case .speculation: "commit"
            case .landing: "landing"
            }
        }
    }

    package var location: RepositoryLocation
    package var git: GitProgram
    /// The commit, when there is one: it need not be on any reference.
    package var commit: ObjectID?
    /// The tree that is judged.
    package var tree: ObjectID
    /// Where the checks come from: the tree's own `.gitpatch`, or the target's when landing.
    package var policy: Settings
    package var tier: Tier
    /// Names of checks; when not empty, only these and what they need run, in whatever tier they are.
    package var only: [String] = []
    /// The one part of checks with `shards` that is to run; `nil` for all parts.
    package var shard: ShardChoice?
    /// What changed, for `path`; `nil` when that is unknown or does not matter: then every check is concerned.
    package var changed: [[UInt8]]?
    /// How many checks run at once; `nil` for what the settings say.
    package var jobs: Int?
    /// Whether the first failure ends the run.
    package var failFast = false
    /// Whether recorded passes count.
    package var useCache = true
    /// Whether passes count that a shared cache has told of, now or before.
    package var useSharedCache = true
    /// Whether what checks make is wanted: a recorded pass without it does not count.
    package var wantsArtifacts = false
    package var purpose = Purpose.asked
    /// Names the run; drawn when it is not given.
    package var runID: RecordID?
    /// What the hook helper may be told after a pass; `nil` for nothing.
    package var claim: VerdictClaim?
    /// Filled with when each check ran, when given.
    package var trace: ScheduleTrace?
    /// Asked now and then: when newer content has taken the place of this one, the keys that are still wanted.
    package var superseded: (@Sendable () -> Set<String>?)?
    /// Told about each thing as it happens, from any thread.
    package var events: @Sendable (ValidationEvent) -> Void = { _ in }

    /// Whether anybody else is believed: what is judged last is judged here.
    var believesOthers: Bool { useSharedCache && purpose != .landing && tier != .complete }

    /// What is left of the tier where only a part of it is asked for: `only unit, part 1/3`; `nil` for all of it.
    package var scope: String? {
        let words = only + (shard.map { ["part \($0.text)"] } ?? [])
        return words.isEmpty ? nil : "only " + words.joined(separator: ", ")
    }

    /// Creates a request with the usual choices.
    package init(
        location: RepositoryLocation, git: GitProgram, commit: ObjectID?, tree: ObjectID, policy: Settings, tier: Tier
    ) {
        self.location = location
        self.git = git
        self.commit = commit
        self.tree = tree
        self.policy = policy
        self.tier = tier
    }
}

/// Something that happened while a validation runs.
package enum ValidationEvent: Sendable {
    /// The plan stands: so many checks have to run, and these are the keys of all.
    case planned(checks: Int, expected: TimeSpan?, keys: Set<String>)
    case started(check: String)
    /// Output of a running check.
    case output(check: String, [UInt8])
    case finished(CheckReport)
    /// Another process runs the same check on the same content; it is waited for.
    case joined(check: String, remaining: TimeSpan?)
    /// Checks wait because other runs use all jobs, or what the checks may not share.
    case queued
    case warning(String)
}

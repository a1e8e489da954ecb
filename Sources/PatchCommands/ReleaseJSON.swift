import CommandOptions
import GitValues
import Patches

/// What `release` prints with `--json`.
struct ReleaseJSON: Encodable {
    var version = 1
    /// `created`: the patch was made; `waiting`: it has not landed; `released`: the tag is where it belongs, and its
    /// checks have passed; `present`: the tag was there already, and nothing was asked.
    var outcome: String
    /// The version that is released.
    var release: String
    /// The one before it.
    var last: String?
    var tag: String
    var target: String
    var remote: String?
    var operation: RecordID?
    /// The tagged commit.
    var commit: ObjectID?
    /// The tag object.
    var object: ObjectID?
    var pushed: Bool?
    /// What the tag says.
    var message: String?
    /// The names of the checks that must have passed.
    var required: [String]?
    var checks: [ReleaseChecks.Verdict]?
    var artifacts: [ReleaseChecks.Artifact]?
    var patch: PatchJSON?
    /// The files that the patch changes.
    var paths: [String]?
    var requests: [RequestJSON] = []
    var errors: [ProblemDocument] = []

    init(_ plan: ReleasePlan, outcome: String) {
        self.outcome = outcome
        release = plan.version.description
        last = plan.last?.description
        tag = plan.tagName
        target = plan.target
        remote = plan.remote
    }
}

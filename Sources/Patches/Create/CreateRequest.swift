package import GitValues
package import PlainRemote
package import Store

/// What `git patch create` is asked to do.
package struct CreateRequest: Sendable, Equatable {
    /// What happens to HEAD, the index and the files on disk.
    package enum Mode: String, Sendable, Codable {
        /// HEAD moves to the new branch; no file on disk is written.
        case switchOver
        /// HEAD, index and files stay exactly as they are.
        case stay
        /// HEAD stays; the captured change leaves index and files.
        case leave
    }

    /// Whether the commit is signed.
    package enum Signing: Sendable, Equatable {
        case asConfigured, always, never
    }

    /// The text of the commit: the first line is the title of the patch. Absent: the editor is asked.
    package var description: String?
    /// More text, put below the description.
    package var body: String?
    /// Whether the editor opens on the text.
    package var edit = false
    package var mode = Mode.switchOver
    package var scope = CaptureScope.everything
    /// The content of a patch that is not made from the working tree; goes with `base` and `stay`.
    var content: ObjectID?
    /// The revision the patch starts from; absent means HEAD.
    package var base: String?
    /// The branch it should land on; absent means the usual choice.
    package var target: String?
    /// The name of the new branch; absent means one made from the description.
    package var branch: String?
    /// Whether it is an error not to be on the branch of an open patch.
    package var stack = false
    /// A command that makes the change, run before the capture.
    package var run: String?
    /// Commands that must succeed in a checkout of the patch.
    package var tests: [String] = []
    /// Whether nothing is pushed and nothing queued.
    package var local = false
    /// Whether hooks that may refuse are run.
    package var verify = true
    /// Whether the guard rails for size, secrets and junk are passed.
    package var force = false
    /// Whether only the plan is made.
    package var dryRun = false
    package var signing = Signing.asConfigured
    package var queue = QueueOptions()

    /// Creates a request.
    package init(description: String?) { self.description = description }
}

/// What is decided about a patch before anything is captured.
package struct CreatePlan: Sendable, Equatable {
    package var title: String
    package var branch: String
    /// Absent for a root commit.
    package var base: ObjectID?
    package var target: String
    /// Absent when the repository has none, or with `--local`.
    package var remote: String?
    /// The patch whose branch HEAD is on.
    package var stackedOn: PatchRecord?
    /// The newest commit of the base's history that the target has; absent when there is none or it is unknown.
    package var fork: ObjectID?
    /// Titles of commits that the base has and the target lacks, newest first; a few of them.
    package var ahead: [String] = []
}

/// What `create` did.
package struct CreateOutcome: Sendable {
    package var operation: RecordID
    package var patch: PatchRecord
    package var captured: Captured
    package var requests: [RequestRecord]
}

/// What `create --dry-run` found.
package struct CreatePreview: Sendable {
    package var plan: CreatePlan
    package var captured: Captured
}

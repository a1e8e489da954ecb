package import GitValues
package import PlainRemote

/// What one pass of a worker did.
package struct PassReport: Sendable {
    /// A patch that was taken out.
    package struct Ejected: Sendable, Codable {
        package var patch: RecordID
        package var reason: String
        /// The checks that were red.
        package var checks: [String]

        /// Creates an entry.
        package init(patch: RecordID, reason: String, checks: [String]) {
            self.patch = patch
            self.reason = reason
            self.checks = checks
        }
    }

    /// A patch that stays.
    package struct Waiting: Sendable, Codable {
        package var patch: RecordID
        package var reason: String

        /// Creates an entry.
        package init(patch: RecordID, reason: String) {
            self.patch = patch
            self.reason = reason
        }
    }

    package var landed: [Receipt] = []
    package var ejected: [Ejected] = []
    /// Reverts that workers decided on by themselves.
    package var reverted: [Receipt] = []
    package var waiting: [Waiting] = []
    /// Patches whose records this program cannot read: they wait for one that can.
    package var unreadable: [Waiting] = []
    /// The titles of the patches this report names, for people.
    package var titles: [RecordID: String] = [:]
    /// Targets whose configuration lets nothing land, with the reason.
    package var misconfigured: [String] = []
    /// Why the remote could not be spoken to, when it could not.
    package var unreachable: String?
    /// The targets on which nothing may land, with who stopped them.
    package var stopped: [(target: String, stop: EpochDocument.Stop)] = []
    /// What else went wrong.
    package var failures: [Failure] = []

    /// Something that went wrong and ends no pass.
    package struct Failure: Sendable, Hashable {
        /// What kind of thing, for machines.
        package enum Code: String, Sendable {
            /// A target could not be tested.
            case notTested = "not-tested"
            /// What a forge merged is not what was agreed on.
            case wrongMerge = "wrong-merge"
            /// A forge merged past the checks that the target requires.
            case untestedMerge = "untested-merge"
            /// Nothing can be said of what a forge merged.
            case unprovenMerge = "unproven-merge"
            /// The receipt of a landing could not be written to the remote.
            case noReceipt = "no-receipt"
            /// A stop holds, and what others told a forge could not be taken back.
            case notTakenBack = "not-taken-back"
            /// A person must do something: a token, a permission, a setting.
            case needsHuman = "forge-needs-human"
        }

        package var code: Code
        package var words: String

        /// Creates a failure.
        package init(_ code: Code, _ words: String) {
            self.code = code
            self.words = words
        }
    }

    /// Creates an empty report.
    package init() {}
}

extension RemoteState {
    /// Patches whose records cannot be read, in the order of their ids.
    package var unreadableInOrder: [PassReport.Waiting] {
        unreadable.sorted { $0.key.text < $1.key.text }.map { .init(patch: $0.key, reason: $0.value) }
    }
}

/// What a worker tells while it runs.
package enum WorkerEvent: Sendable {
    /// A candidate was built.
    case built(target: String, patches: [PatchDocument])
    /// A candidate is tested.
    case testing(target: String, checks: [String], again: Bool)
    /// The target is tested without the patch that is red on it, at its tip or where a batch started.
    case examining(target: String, checks: [String], commit: ObjectID, again: Bool)
    /// The checks after landing run on what landed.
    case watching(target: String, checks: [String], landed: ObjectID)
    case landed(Receipt, titles: [String])
    case ejected(PatchDocument)
    /// A landing was taken back.
    case reverted(Receipt, title: String)
    case refused(target: String, words: String)
    /// The target moved or somebody else was faster; the worker looks again.
    case moved(target: String)
    /// A tree was red and then green; the checks that were red.
    case flaky(target: String, tree: ObjectID, checks: [String])
    /// The target is red by itself; the patches that are red on it wait.
    case redTarget(target: String, commit: ObjectID, checks: [String])
    /// The checks after landing came to an end.
    case judged(target: String, WatchDocument)
    /// The server cannot move several references as one: a stop may come one push too late.
    case notAtomic
    case note(String)
}

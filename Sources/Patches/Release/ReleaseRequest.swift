package import GitValues
package import Settings
package import Store

/// What `git patch release` is asked to do.
package struct ReleaseRequest: Sendable {
    /// Which version is meant.
    package enum Wish: Sendable, Equatable {
        case exactly(SemanticVersion)
        /// The one after the last.
        case next(SemanticVersion.Part)
    }

    package var wish: Wish
    package var signing = CreateRequest.Signing.asConfigured
    /// The message of the tag; absent means the changelog's section.
    package var text: String?
    /// Whether the newest commit of the target is tagged, and not the one with which the version came.
    package var atTip = false
    /// Whether the patch and the tag go to the remote.
    package var push = true

    /// Creates a request.
    package init(_ wish: Wish) { self.wish = wish }
}

/// What is to be done for a release now: one of two steps, or none.
package struct ReleasePlan: Sendable {
    /// The next thing to do.
    package enum Step: Sendable {
        /// A patch that writes the version has to be made.
        case prepare(Bump)
        /// That patch is there and has not landed.
        case wait(PatchRecord)
        /// The tag has to be made on the commit.
        case tag(ObjectID)
        /// The tag is here and not on the remote: its object and its commit.
        case push(ObjectID, commit: ObjectID)
        /// The remote has the tag, on that commit.
        case done(ObjectID)
    }

    package var version: SemanticVersion
    /// The highest version before it that the target has; absent when there is none.
    package var last: SemanticVersion?
    /// The full name of the tag.
    package var tag: ReferenceName
    /// The short name of the tag.
    package var tagName: String
    package var target: String
    /// The target's newest commit at the remote, or as last known.
    package var tip: ObjectID
    /// Absent when there is none, or nothing is to be pushed.
    package var remote: String?
    /// Whether there is a remote and nothing is to be pushed all the same.
    package var staysHere: Bool
    /// Whether the remote could not be asked.
    package var isOffline: Bool
    /// The tier whose checks must have passed.
    package var tier: Tier
    package var step: Step
    /// What the tag is going to say.
    package var message: String

    /// The title of the patch.
    package var title: String { ReleasePlan.title(version) }

    static func title(_ version: SemanticVersion) -> String { "Release \(version)" }

    /// The version that the patch of a release writes, by its title; `nil` for any other patch.
    static func version(ofTitle title: String) -> SemanticVersion? {
        title.hasPrefix("Release ") ? SemanticVersion(title.dropFirst("Release ".count)) : nil
    }
}

/// The files that a release changes.
package struct Bump: Sendable {
    /// A file with its new content.
    package struct File: Sendable {
        package var path: String
        var mode: String
        var bytes: [UInt8]
    }

    package var files: [File]
}

/// What became of a tag.
package struct ReleaseOutcome: Sendable {
    /// Absent when the tag was there already.
    package var operation: RecordID?
    /// The tag object.
    package var object: ObjectID
    package var commit: ObjectID
    package var isPushed = false
    /// Whether the remote has another tag of that name.
    package var isBeaten = false
    /// Why it was not pushed, though it was to be.
    package var problem: PatchProblem?

    /// Creates the outcome of a tag that is here.
    package init(object: ObjectID, on commit: ObjectID, operation: RecordID? = nil) {
        self.object = object
        self.commit = commit
        self.operation = operation
    }
}

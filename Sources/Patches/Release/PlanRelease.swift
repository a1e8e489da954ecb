import Git2
import GitProcess
package import GitValues
import PlainRemote
import Settings
import Store

extension Session {
    /// Finds what is to be done for a release; nothing is written but what a fetch brings.
    ///
    /// - Throws: a refusal that names the next command.
    package func planRelease(_ request: ReleaseRequest) async throws -> ReleasePlan {
        let (ground, settings) = try await releaseGround()
        let version = try await version(request.wish, ground, settings)
        let tagName = ground.tagPrefix + version.description
        guard let tag = ReferenceName("refs/tags/\(tagName)") else {
            // What a version may hold and a name may not is such an end; the prefix was judged where it was read.
            throw PatchProblem(
                .badVersion, "'\(tagName)' is no name for a tag: git keeps those that end in '.lock' for itself",
                hints: [
                    "take another version: git patch release \(SemanticVersion(version.major, version.minor, version.patch))"
                ])
        }
        if let other = ground.tagNames.first(where: { $0.cannotBeBeside(tag) }) {
            throw PatchProblem(
                .tagExists, "tag '\(tagName)' cannot be beside tag '\(other.text.dropFirst("refs/tags/".count))'",
                hints: ["name tags otherwise, in .gitpatch under [release]: tagPrefix = v"])
        }
        let lastTag = try await lastTag(ground, besides: tag)
        let last = lastTag?.version
        if let last, !version.isHigher(than: last) {
            let next = last.next(.patch).map { ["the next one: git patch release \($0)"] } ?? []
            throw PatchProblem(
                .badVersion, "\(version) is not higher than \(last), the last version on '\(ground.target)'",
                hints: next)
        }
        var plan = ReleasePlan(
            version: version, last: last, tag: tag, tagName: tagName, target: ground.target, tip: ground.tip,
            remote: request.push ? ground.remote : nil, staysHere: ground.remote != nil && !request.push,
            isOffline: ground.isOffline, tier: settings[ReleaseKeys.tier],
            step: .done(ground.tip), message: "")
        if let bump = try await bump(settings, at: ground.tip, from: last, to: version) {
            try refuseTags(ground, tag, tagName, whileBumping: version)
            plan.step = .prepare(bump)
            let changelog = bump.files.first { $0.path == settings[ReleaseKeys.changelog] }
            plan.message = message(of: plan, changelog?.bytes, settings, request.text)
            if let patch = try waiting(for: plan) { plan.step = .wait(patch) }
            try refuseOther(plan, ground)
            return plan
        }
        let landing = try await landing(of: version, settings, after: lastTag, in: ground.tip)
        let commit = request.atTip ? ground.tip : landing
        let isWritten = !settings[ReleaseKeys.versionFile].isEmpty || settings[ReleaseKeys.changelog] != nil
        let step = try await tagStep(commit, from: isWritten ? landing : nil, ground, tag, tagName)
        plan.step = if case .push(_, let commit) = step, !request.push { .done(commit) } else { step }
        var changelog: [UInt8]?
        if let path = settings[ReleaseKeys.changelog] { changelog = try await content(of: path, at: commit)?.bytes }
        plan.message = message(of: plan, changelog, settings, request.text)
        return plan
    }

    private func version(
        _ wish: ReleaseRequest.Wish, _ ground: ReleaseGround, _ settings: Settings
    ) async throws -> SemanticVersion {
        switch wish {
        case .exactly(let version):
            if try await lastTag(ground) == nil, let held = try await heldVersion(settings, at: ground.tip),
                held.version.isHigher(than: version)
            {
                let next = held.version.next(.patch).map { ["the next one: git patch release \($0)"] } ?? []
                throw PatchProblem(
                    .badVersion,
                    "\(version) is not higher than \(held.version), which '\(held.path)' holds on '\(ground.target)'",
                    paths: [held.path],
                    hints: ["as it stands: git patch release \(held.version)"] + next)
            }
            return version
        case .next(let part):
            if ground.isOffline, let remote = ground.remote {
                throw PatchProblem(
                    .remoteUnreachable, "the last version is not known while '\(remote)' cannot be reached",
                    hints: ["name the version: git patch release VERSION"])
            }
            guard let last = try await lastTag(ground) else {
                // What a file holds below the first version stands for none, and the first one itself is on its way.
                let first = SemanticVersion.first(part)
                guard let held = try await heldVersion(settings, at: ground.tip), held.version.isHigher(than: first),
                    let next = held.version.next(part)
                else { return first }
                if try await isDue(held.version, part, ground, settings) { return held.version }
                workspace.say(
                    .warning(
                        "no version is tagged, and '\(held.path)' holds \(held.version): the next one is \(next); for the one it holds type: git patch release \(held.version)"
                    ))
                return next
            }
            guard let next = last.version.next(part) else {
                throw PatchProblem(
                    .badVersion, "\(last.version) has no next version that this program can count",
                    hints: ["name the version: git patch release VERSION"])
            }
            guard last.commit != ground.tip else {
                throw PatchProblem(
                    .nothingToDo, "there is nothing to release: '\(ground.target)' is at \(last.version)",
                    hints: ["to release it all the same, name the version: git patch release \(next)"])
            }
            return next
        }
    }

    /// Whether the version that the target holds, where none is tagged, is what the patch of this very wish has made of the
    /// one before: then that has landed, and it is the tag that is missing. A version that was written by hand may have been
    /// released long ago.
    private func isDue(
        _ version: SemanticVersion, _ part: SemanticVersion.Part, _ ground: ReleaseGround, _ settings: Settings
    ) async throws -> Bool {
        let landing = try await landing(of: version, settings, after: nil, in: ground.tip)
        let git = workspace.git.readOnly
        let parent = try await git.run(["rev-parse", "--verify", "-q", "\(landing)^1"])
        guard parent.succeeded, let before = ObjectID(hex: parent.text),
            try await heldVersion(settings, at: before)?.version.next(part) == version
        else { return false }
        let title = ReleasePlan.title(version)
        // A forge adds the number of the pull request, or merges the commit as it is.
        return try await git.output(["log", "--format=%s", "\(before)..\(landing)"]).lines.contains { subject in
            subject == title || subject.hasPrefix(title + " (")
        }
    }

    /// Whether the tag is to be made, or only pushed, or is there; a tag on anything else is refused.
    ///
    /// - Parameters:
    ///   - commit: what is to be tagged.
    ///   - landing: the first commit that a tag of this version may be on; absent where any of the target will do.
    private func tagStep(
        _ commit: ObjectID, from landing: ObjectID?, _ ground: ReleaseGround, _ tag: ReferenceName, _ name: String
    ) async throws -> ReleasePlan.Step {
        func isOfRelease(_ found: ReleaseGround.VersionTag) async throws -> Bool {
            if found.commit == commit { return true }
            guard try await isInTarget(found.commit, ground) else { return false }
            guard let landing else { return true }
            return try await view.isAncestor(landing, of: found.commit)
        }
        let here = ground.here.first { $0.name == tag }
        if let remote = ground.remote, !ground.isOffline, let there = ground.there.first(where: { $0.name == tag }) {
            if let here, here.object != there.object {
                throw PatchProblem(
                    .tagExists,
                    "tag '\(name)' is on \(here.commit.short) here, and on \(there.commit.short) on '\(remote)'",
                    hints: ["take theirs: git tag -d \(name) && git fetch \(remote) tag \(name)"])
            }
            let isIt = try await landing == nil ? there.commit == commit : isOfRelease(there)
            guard isIt else { throw exists(there, on: " on '\(remote)'", name, commit, hint: "take another version") }
            return .done(there.commit)
        }
        guard let here else { return .tag(commit) }
        let delete = "when nobody needs it: git tag -d \(name)"
        guard here.isAnnotated else {
            throw PatchProblem(.tagExists, "tag '\(name)' is here, and not annotated", hints: [delete])
        }
        // The target may have gone on since the tag was made.
        guard try await isOfRelease(here) else { throw exists(here, on: " here", name, commit, hint: delete) }
        return ground.remote == nil ? .done(here.commit) : .push(here.object, commit: here.commit)
    }

    private func exists(
        _ tag: ReleaseGround.VersionTag, on place: String, _ name: String, _ commit: ObjectID, hint: String
    ) -> PatchProblem {
        PatchProblem(
            .tagExists, "tag '\(name)' exists\(place), on \(tag.commit.short) and not on \(commit.short)", hints: [hint]
        )
    }

    /// A version that is still to be written cannot be tagged already.
    private func refuseTags(
        _ ground: ReleaseGround, _ tag: ReferenceName, _ name: String, whileBumping version: SemanticVersion
    ) throws {
        guard let found = (ground.there + ground.here).first(where: { $0.name == tag }) else { return }
        throw PatchProblem(
            .tagExists,
            "tag '\(name)' exists, on \(found.commit.short), and '\(ground.target)' does not say \(version)",
            hints: ["take another version, or delete the tag when nobody needs it: git tag -d \(name)"])
    }

    /// The patch of the release that was made here and has not landed.
    func waiting(for plan: ReleasePlan) throws -> PatchRecord? {
        try store.patches().first {
            $0.title == plan.title && $0.target == plan.target && $0.state != .landed && $0.state != .closed
        }
    }

    /// The operation that made the patch of a release, while it can be undone.
    package func preparation(of plan: ReleasePlan) throws -> RecordID? {
        try store.operations().first { record in
            record.command == "create" && record.summary == plan.title && record.state == .done && record.undoable
        }?.id
    }

    /// The same release, prepared by somebody else.
    private func refuseOther(_ plan: ReleasePlan, _ ground: ReleaseGround) throws {
        guard case .prepare = plan.step, let remote = ground.remote else { return }
        let branch = workspace.settings[PatchKeys.branchPrefix] + BranchSlug.make(from: plan.title)
        guard let name = ReferenceName(branch: branch), ground.branches.contains(name) else { return }
        throw PatchProblem(
            .branchExists, "'\(branch)' is on '\(remote)': somebody prepares \(plan.version) already",
            hints: ["when that has landed: git patch release \(plan.version)"])
    }

    /// What the tag says: the text that was asked for, else what the changelog tells about the version.
    private func message(
        of plan: ReleasePlan, _ changelog: [UInt8]?, _ settings: Settings, _ text: String?
    ) -> String {
        if let text { return TagText.make(title: text, body: nil) }
        guard let path = settings[ReleaseKeys.changelog], let changelog else {
            return TagText.make(title: plan.title, body: nil)
        }
        let section = Changelog(path: path, bytes: changelog)
            .section(of: plan.version, tagPrefix: settings[ReleaseKeys.tagPrefix])
        if section?.isEmpty == true { workspace.say(.warning("'\(path)' says nothing about \(plan.version)")) }
        return TagText.make(title: plan.title, body: section)
    }
}

extension ReferenceName {
    /// Whether one of two names is a folder of the other, which git does not allow.
    fileprivate func cannotBeBeside(_ other: ReferenceName) -> Bool {
        text.hasPrefix(other.text + "/") || other.text.hasPrefix(text + "/")
    }
}

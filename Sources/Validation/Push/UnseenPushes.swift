package import GitProcess
package import GitValues
import HookInput
package import Store

/// Pushes of commits that have checks, that no hook of ours saw (`git push --no-verify`) and that nothing here has
/// validated.
package struct UnseenPush: Sendable, Codable {
    /// `refs/remotes/origin/main`
    package var reference: String
    package var commit: ObjectID
    package var time: Timestamp
}

extension UnseenPush {
    /// Finds and records them (`Bypass`), newest first.
    ///
    /// git notes in the reflog of a remote's branch that a push moved it (`update by push`); every push that the hook let
    /// through is in the log of pushes. What the first has and the second lacks went past, since that log begins.
    package static func record(
        of location: RepositoryLocation, _ git: GitProgram, store: borrowing Store
    ) async throws -> [UnseenPush] {
        let storeDirectory = location.storeDirectory
        guard let seen = PushLog.all(in: storeDirectory) else { return [] }
        let known = Set(Bypass.all(in: storeDirectory).map(\.object))
        let logs = location.commonDirectory + "/logs/refs/remotes"
        var found: [UnseenPush] = []
        for path in files(in: logs, "", depth: 0) {
            let reference = "refs/remotes/" + path
            for line in (Files.text("\(logs)/\(path)") ?? "").split(separator: "\n").suffix(200) {
                guard line.hasSuffix("\tupdate by push"), let push = UnseenPush(line, reference),
                    push.time.seconds(since: seen.since) > 0, !seen.objects.contains(push.commit)
                else { continue }
                found.append(push)
            }
        }
        var unjudged: [UnseenPush] = []
        for push in found.sorted(by: { $0.time > $1.time }).prefix(50) {
            guard let candidate = try? await git.candidate(push.commit.hex), candidate.committed != nil,
                try !store.hasPass(forTree: candidate.tree)
            else { continue }  // A commit that is gone, one without checks, one that has passed.
            unjudged.append(push)
            if !known.contains(push.commit) {
                let update = PushUpdate(
                    localRef: nil, localID: push.commit, remoteRef: push.reference, remoteID: nil)
                Bypass.record([update], in: storeDirectory, at: push.time)
            }
        }
        return unjudged
    }

    /// Reads `<old> <new> NAME <MAIL> <seconds> <zone>\t<message>`.
    private init?(_ line: Substring, _ reference: String) {
        let head = line.split(separator: "\t", maxSplits: 1).first ?? ""
        let words = head.split(separator: " ")
        guard words.count >= 4, let commit = ObjectID(hex: words[1]), let seconds = Int64(words[words.count - 2]) else {
            return nil
        }
        self.init(reference: reference, commit: commit, time: Timestamp(milliseconds: seconds * 1000))
    }

    private static func files(in folder: String, _ prefix: String, depth: Int) -> [String] {
        guard depth < 12 else { return [] }
        return Files.names(in: folder).flatMap { name -> [String] in
            switch Files.kind("\(folder)/\(name)") {
            case .file: [prefix + name]
            case .folder: files(in: "\(folder)/\(name)", prefix + name + "/", depth: depth + 1)
            case .nothing, .other: []
            }
        }
    }
}

import Environments
import GitValues
import HookInput
import Settings
import Store

/// Keeps what validation stores from growing: verdicts and timings as long as `validate.cacheAge` says since their last
/// use, failures for a day, logs for 14 and no more than `validate.cacheSize`, artifacts likewise, records of runs for an hour.
enum Housekeeping {
    private static let day = 86_400.0

    /// Removes what is too old, at most once a day.
    static func tidy(_ storeDirectory: String, _ settings: Settings, _ store: borrowing Store) throws {
        let now = Timestamp.now()
        if let last = try store.fact("validate/tidied").flatMap({ Timestamp($0) }), now.seconds(since: last) < day,
            last <= now
        {
            return
        }
        try store.setFact("validate/tidied", to: now.description)
        let age = settings[ValidateKeys.cacheAge].seconds
        try store.pruneVerdicts(before: now.adding(seconds: -age), failuresBefore: now.adding(seconds: -day))
        VerdictFile.removeAll(from: storeDirectory, before: now.adding(seconds: -8 * day))
        ArtifactStore(storeDirectory).prune(
            maxBytes: settings[ValidateKeys.cacheSize].bytes, maxAge: settings[ValidateKeys.cacheAge])
        let splits = storeDirectory + "/splits"
        for name in Files.names(in: splits) where Self.age(of: "\(splits)/\(name)", now) > age {
            Files.delete("\(splits)/\(name)")
        }
        removeLogs(in: storeDirectory + "/logs", beyond: settings[ValidateKeys.cacheSize].bytes, now)
    }

    /// Removes logs of old runs, and the oldest ones while all of them together are too large.
    static func removeLogs(in logs: String, beyond limit: Int64, _ now: Timestamp) {
        let runs = Files.names(in: logs).map { name in
            let folder = "\(logs)/\(name)"
            let sizes = Files.names(in: folder).map { FileIdentity.of("\(folder)/\($0)")?.size ?? 0 }
            return (folder: folder, age: age(of: folder, now), size: sizes.reduce(0, +))
        }
        var total: Int64 = 0
        for run in runs.sorted(by: { $0.age < $1.age }) {
            total += run.size
            if run.age > 14 * day || total > limit { Files.remove(run.folder) }
        }
    }

    /// Removes records of runs that ended a while ago, by themselves or not: nobody waits for them any more.
    static func removeOldRuns(_ storeDirectory: String) {
        let now = Timestamp.now()
        for name in Files.names(in: storeDirectory + "/runs")
        where age(of: "\(storeDirectory)/runs/\(name)", now) > 3600 {
            let record = RecordID(name.prefix(16)).flatMap { RunRecord.read($0, in: storeDirectory) }
            // A pipe of jobs is as old as its run.
            if record?.isRunning != true { Files.delete("\(storeDirectory)/runs/\(name)") }
        }
    }

    /// Seconds since a file was last written.
    private static func age(of path: String, _ now: Timestamp) -> Double {
        guard let file = FileIdentity.of(path) else { return 0 }
        return now.seconds(since: Timestamp(milliseconds: file.modified / 1_000_000))
    }
}

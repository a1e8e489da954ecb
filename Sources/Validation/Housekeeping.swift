import GitValues
import HookInput
import Store

/// Keeps what validation stores from growing: verdicts and timings for 30 days, failures for one, logs for 14, records
/// of runs for an hour.
enum Housekeeping {
    private static let day = 86_400.0

    /// Removes what is too old, at most once a day.
    static func tidy(_ storeDirectory: String, _ store: borrowing Store) throws {
        let now = Timestamp.now()
        if let last = try store.fact("validate/tidied").flatMap({ Timestamp($0) }), now.seconds(since: last) < day,
            last <= now
        {
            return
        }
        try store.setFact("validate/tidied", to: now.description)
        try store.pruneVerdicts(before: now.adding(seconds: -30 * day), failuresBefore: now.adding(seconds: -day))
        VerdictFile.removeAll(from: storeDirectory, before: now.adding(seconds: -8 * day))
        let logs = storeDirectory + "/logs"
        for name in Files.names(in: logs) where age(of: "\(logs)/\(name)", now) > 14 * day {
            Files.remove("\(logs)/\(name)")
        }
    }

    /// Removes records of runs that ended a while ago, by themselves or not: nobody waits for them any more.
    static func removeOldRuns(_ storeDirectory: String) {
        let now = Timestamp.now()
        for name in Files.names(in: storeDirectory + "/runs")
        where age(of: "\(storeDirectory)/runs/\(name)", now) > 3600 {
            let record = RecordID(name.prefix(16)).flatMap { RunRecord.read($0, in: storeDirectory) }
            if record?.isRunning != true { Files.delete("\(storeDirectory)/runs/\(name)") }
        }
    }

    /// Seconds since a file was last written.
    private static func age(of path: String, _ now: Timestamp) -> Double {
        guard let file = FileIdentity.of(path) else { return 0 }
        return now.seconds(since: Timestamp(milliseconds: file.modified / 1_000_000))
    }
}

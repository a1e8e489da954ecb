import GitProcess
import GitValues
import HTTP
import Settings
import Store

/// A shared cache of verdicts that speaks Bazel's HTTP protocol: results under `ac/KEY`, blobs under `cas/KEY`.
///
/// It makes things faster or does nothing: whatever goes wrong there is a miss. A verdict counts only when a machine that
/// has the shared secret signed it, for exactly this key, and every byte it names is what its digest says.
final class RemoteCache {
    /// The record of one pass, kept as a blob beside its log.
    struct Record: Codable {
        var version = 1
        var key: String
        var check: String
        var tree: ObjectID
        var duration: Double
        var recorded: Timestamp
        /// The SHA-256 of the log.
        var log: String
    }

    private let client: any CacheClient
    private let signing: SigningKey
    private let host: String
    private let mayWrite: Bool
    private var breaker: CacheBreaker

    private static let recordName = "record.json"
    private static let signatureName = "record.sig"
    /// The largest log that is shared or taken.
    static let logLimit = 8 << 20

    init(client: any CacheClient, signing: SigningKey, host: String, mayWrite: Bool, breaker: CacheBreaker) {
        self.client = client
        self.signing = signing
        self.host = host
        self.mayWrite = mayWrite
        self.breaker = breaker
    }

    /// The recorded pass of a check, its log written to a file; `nil` for a miss, whatever the reason.
    func pass(_ check: CheckDefinition, _ key: CheckKey, log: String) -> VerdictRecord? {
        let action = CheckAction(key: key, run: check.run, timeout: check.timeout)
        guard let body = get("ac/\(action.key)", limit: 1 << 20), let result = try? ActionResult(message: body),
            result.exitCode == 0, let recordDigest = result.files[Self.recordName],
            let signatureDigest = result.files[Self.signatureName], let record = blob(recordDigest, limit: 1 << 16),
            let signature = blob(signatureDigest, limit: 1 << 12), signing.accepts(signature, of: record),
            let known = try? JSONText.decode(Record.self, from: String(decoding: record, as: UTF8.self)),
            known.version == 1, known.key == key.hex, known.check == check.name, known.duration >= 0,
            known.log == result.output?.hash
        else { return nil }
        var path: String?
        if let output = result.output {
            guard let text = blob(output, limit: Self.logLimit), Files.makeFolder(Files.folder(of: log)),
                Files.write(text, to: log)
            else { return nil }
            path = log
        }
        return VerdictRecord(
            key: key.hex, check: check.name, tree: known.tree, passed: true, exitCode: 0, duration: known.duration,
            log: path, recorded: known.recorded, origin: "cache \(host)")
    }

    /// Shares a pass: blobs first, the result last, so that whoever sees it finds all of it.
    func share(_ report: CheckReport, _ check: CheckDefinition, _ key: CheckKey, tree: ObjectID) {
        guard mayWrite, report.outcome == .passed, breaker.isClosed else { return }
        let action = CheckAction(key: key, run: check.run, timeout: check.timeout)
        let log = report.log.flatMap { Files.size($0) <= Int64(Self.logLimit) ? Files.read($0) : nil } ?? []
        let now = Timestamp.now()
        let record = Record(
            key: key.hex, check: check.name, tree: tree, duration: report.duration ?? 0, recorded: now,
            log: SHA256.hex(log))
        guard let text = try? JSONText.encode(record) else { return }
        let bytes = Array(text.utf8)
        let signature = Array(signing.signature(of: bytes).utf8)
        var result = ActionResult()
        result.files = [Self.recordName: BlobDigest(of: bytes), Self.signatureName: BlobDigest(of: signature)]
        result.output = BlobDigest(of: log)
        result.errorOutput = BlobDigest(of: [])
        result.started = now.adding(seconds: -(report.duration ?? 0))
        result.completed = now
        for blob in [action.command, action.action, log, [], bytes, signature] {
            guard put("cas/\(SHA256.hex(blob))", blob) else { return }
        }
        _ = put("ac/\(action.key)", result.message)
    }

    /// Where failures are remembered for the runs that follow.
    func remember(in store: borrowing Store) { breaker.save(to: store) }

    /// A blob that is what its digest says; `nil` for one that is missing, too large or anything else.
    private func blob(_ digest: BlobDigest, limit: Int) -> [UInt8]? {
        if digest.size == 0 { return digest == BlobDigest(of: []) ? [] : nil }
        guard digest.size <= Int64(limit), let bytes = get("cas/\(digest.hash)", limit: limit),
            BlobDigest(of: bytes) == digest
        else { return nil }
        return bytes
    }

    private func get(_ path: String, limit: Int) -> [UInt8]? {
        guard let answer = attempt({ try client.get(path, limit: limit) }), answer.status == 200 else { return nil }
        return answer.body
    }

    private func put(_ path: String, _ bytes: [UInt8]) -> Bool {
        guard let answer = attempt({ try client.put(path, bytes) }) else { return false }
        return [200, 201, 202, 204].contains(answer.status)
    }

    /// Asks, once more where that may help; `nil` when there is no answer worth reading.
    private func attempt(_ ask: () throws -> CacheAnswer) -> CacheAnswer? {
        for round in 0..<2 {
            guard breaker.isClosed else { return nil }
            let start = SuspendingClock().now
            let answer = try? ask()  // Why there is none does not matter: it is a miss.
            let wasSlow = (SuspendingClock().now - start).inSeconds > 2
            if let answer, !CacheBreaker.isPassing(answer.status) {
                if [401, 403].contains(answer.status) { breaker.failed() } else { breaker.worked() }
                return answer
            }
            breaker.failed(atOnce: wasSlow)
            if round == 0, breaker.isClosed { pauseThread(milliseconds: Int.random(in: 50...150)) }
        }
        return nil
    }
}

import GitProcess
import GitValues
import HTTP
import Settings
import Store
import Synchronization

/// A shared cache of verdicts that speaks Bazel's HTTP protocol: results under `ac/KEY`, blobs under `cas/KEY`.
///
/// It makes things faster or does nothing: whatever goes wrong there is a miss. A verdict counts only when a machine that
/// has the shared secret signed it, for exactly this key, and every byte it names is what its digest says.
final class RemoteCache: Sendable {
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
    let host: String
    private let mayWrite: Bool
    private let breaker: Mutex<CacheBreaker>

    private static let recordName = "record.json"
    private static let signatureName = "record.sig"
    /// The largest log that is shared or taken.
    static let logLimit = 8 << 20

    init(client: any CacheClient, signing: SigningKey, host: String, mayWrite: Bool, breaker: CacheBreaker) {
        self.client = client
        self.signing = signing
        self.host = host
        self.mayWrite = mayWrite
        self.breaker = Mutex(breaker)
    }

    /// The recorded pass of a check, its log written to a file; `nil` for a miss, whatever the reason.
    func pass(_ check: CheckDefinition, _ key: CheckKey, log: String) -> VerdictRecord? {
        let action = CheckAction(key: key, run: check.run, timeout: check.timeout)
        guard let (result, known) = signed(Record.self, of: action, limit: 1 << 16), known.version == 1,
            known.key == key.sharedHex, known.check == check.name, known.duration >= 0,
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
            log: path, recorded: known.recorded, origin: Self.origin + host)
    }

    private static let origin = "cache "

    /// Whether a verdict came from a shared cache.
    static func isOrigin(_ origin: String?) -> Bool { origin?.hasPrefix(Self.origin) == true }

    /// Shares a pass.
    func share(_ report: CheckReport, _ check: CheckDefinition, _ key: CheckKey, tree: ObjectID) {
        guard report.outcome == .passed else { return }
        let log = report.log.flatMap { Files.size($0) <= Int64(Self.logLimit) ? Files.read($0) : nil } ?? []
        let now = Timestamp.now()
        let record = Record(
            key: key.sharedHex, check: check.name, tree: tree, duration: report.duration ?? 0, recorded: now,
            log: SHA256.hex(log))
        var result = ActionResult()
        result.output = BlobDigest(of: log)
        result.started = now.adding(seconds: -(report.duration ?? 0))
        result.completed = now
        publish(
            record, as: result, of: CheckAction(key: key, run: check.run, timeout: check.timeout), blobs: [log])
    }

    /// What a machine with the secret has recorded for an action; `nil` for a miss, whatever the reason.
    func signed<Document: Decodable>(
        _ type: Document.Type, of action: CheckAction, limit: Int
    ) -> (result: ActionResult, record: Document)? {
        guard let body = get("ac/\(action.key)", limit: 1 << 20), let result = try? ActionResult(message: body),
            result.exitCode == 0, let recordDigest = result.files[Self.recordName],
            let signatureDigest = result.files[Self.signatureName], let record = blob(recordDigest, limit: limit),
            let signature = blob(signatureDigest, limit: 1 << 12), signing.accepts(signature, of: record),
            let known = try? JSONText.decode(type, from: String(decoding: record, as: UTF8.self))
        else { return nil }
        return (result, known)
    }

    /// Whether anything may be written, and the server answers.
    var takesMore: Bool { mayWrite && breaker.withLock(\.isClosed) }

    /// Signs and writes a record: blobs first, the result last, so that whoever sees it finds all of it.
    func publish(_ record: some Encodable, as result: ActionResult, of action: CheckAction, blobs: [[UInt8]] = []) {
        guard takesMore, let text = try? JSONText.encode(record) else { return }
        let bytes = Array(text.utf8)
        let signature = Array(signing.signature(of: bytes).utf8)
        var result = result
        result.files[Self.recordName] = BlobDigest(of: bytes)
        result.files[Self.signatureName] = BlobDigest(of: signature)
        result.errorOutput = BlobDigest(of: [])
        for blob in [action.command, action.action, []] + blobs + [bytes, signature] {
            guard keep(blob) else { return }
        }
        _ = put("ac/\(action.key)", result.message)
    }

    /// Writes a blob; `false` when the server does not take it.
    func keep(_ blob: [UInt8]) -> Bool { put("cas/\(SHA256.hex(blob))", blob) }

    /// Where failures are remembered for the runs that follow.
    func remember(in store: borrowing Store) {
        let breaker = breaker.withLock { $0 }
        breaker.save(to: store)
    }

    /// A blob that is what its digest says; `nil` for one that is missing, too large or anything else.
    func blob(_ digest: BlobDigest, limit: Int) -> [UInt8]? {
        if digest.size == 0 { return digest == BlobDigest(of: []) ? [] : nil }
        guard digest.size <= Int64(limit), let bytes = get("cas/\(digest.hash)", limit: Int(digest.size)),
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
            guard breaker.withLock(\.isClosed) else { return nil }
            let start = SuspendingClock().now
            let answer = try? ask()  // Why there is none does not matter: it is a miss.
            let wasSlow = (SuspendingClock().now - start).inSeconds > 2
            if let answer, !CacheBreaker.isPassing(answer.status) {
                breaker.withLock { breaker in
                    if [401, 403].contains(answer.status) { breaker.failed() } else { breaker.worked() }
                }
                return answer
            }
            breaker.withLock { $0.failed(atOnce: wasSlow) }
            if round == 0, breaker.withLock(\.isClosed) { pauseThread(milliseconds: Int.random(in: 50...150)) }
        }
        return nil
    }
}

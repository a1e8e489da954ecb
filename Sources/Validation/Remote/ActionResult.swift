import GitValues

/// Names a blob: the SHA-256 of its bytes and their number (Remote Execution API v2, `Digest`).
struct BlobDigest: Hashable, Sendable {
    let hash: String
    let size: Int64

    init(of bytes: [UInt8]) {
        hash = SHA256.hex(bytes)
        size = Int64(bytes.count)
    }

    var message: [UInt8] {
        var writer = ProtobufWriter()
        writer.text(1, hash)
        writer.number(2, size)
        return writer.bytes
    }

    /// Reads a digest.
    ///
    /// - Throws: `ProtobufReader.Damage`, for a hash that is none or a negative size as well.
    init(message: ArraySlice<UInt8>) throws(ProtobufReader.Damage) {
        var reader = ProtobufReader(message)
        var (hash, size) = ("", Int64(0))
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (1, .bytes(let bytes)): hash = String(decoding: bytes, as: UTF8.self)
            case (2, .number(let number)): size = number
            default: break
            }
        }
        let isHex = hash.utf8.count == 64 && hash.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        guard isHex, size >= 0 else { throw ProtobufReader.Damage() }
        self.hash = hash
        self.size = size
    }
}

/// The result of one check as the Remote Execution API v2 knows results of actions (`ActionResult`). Servers that look into
/// what they keep refuse anything else.
struct ActionResult: Hashable, Sendable {
    /// Files by relative path.
    var files: [String: BlobDigest] = [:]
    var exitCode: Int32 = 0
    var output: BlobDigest?
    var errorOutput: BlobDigest?
    /// Never empty: a message with nothing but defaults is no bytes at all, which servers take for a missing one.
    var worker = "git-patch"
    /// Seconds of the run.
    var started: Timestamp?
    var completed: Timestamp?

    var message: [UInt8] {
        var writer = ProtobufWriter()
        for (path, digest) in files.sorted(by: { $0.key < $1.key }) {
            var file = ProtobufWriter()
            file.text(1, path)
            file.message(2, digest.message)
            writer.message(2, file.bytes)
        }
        writer.number(4, Int64(exitCode))
        if let output { writer.message(6, output.message) }
        if let errorOutput { writer.message(8, errorOutput.message) }
        var metadata = ProtobufWriter()
        metadata.text(1, worker)
        if let started { metadata.message(7, ActionResult.timestamp(started)) }
        if let completed { metadata.message(8, ActionResult.timestamp(completed)) }
        writer.message(9, metadata.bytes)
        return writer.bytes
    }

    init() {}

    /// Reads a result; fields of no interest here are skipped.
    ///
    /// - Throws: `ProtobufReader.Damage`.
    init(message: [UInt8]) throws(ProtobufReader.Damage) {
        var reader = ProtobufReader(message[...])
        worker = ""
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (2, .bytes(let bytes)): try readFile(bytes)
            case (4, .number(let code)): exitCode = Int32(truncatingIfNeeded: code)
            case (6, .bytes(let bytes)): output = try BlobDigest(message: bytes)
            case (8, .bytes(let bytes)): errorOutput = try BlobDigest(message: bytes)
            case (9, .bytes(let bytes)): try readMetadata(bytes)
            default: break
            }
        }
    }

    private mutating func readFile(_ bytes: ArraySlice<UInt8>) throws(ProtobufReader.Damage) {
        var reader = ProtobufReader(bytes)
        var path = ""
        var digest: BlobDigest?
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (1, .bytes(let text)): path = String(decoding: text, as: UTF8.self)
            case (2, .bytes(let message)): digest = try BlobDigest(message: message)
            default: break
            }
        }
        if let digest, !path.isEmpty { files[path] = digest }
    }

    private mutating func readMetadata(_ bytes: ArraySlice<UInt8>) throws(ProtobufReader.Damage) {
        var reader = ProtobufReader(bytes)
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (1, .bytes(let text)): worker = String(decoding: text, as: UTF8.self)
            case (7, .bytes(let message)): started = try ActionResult.timestamp(message)
            case (8, .bytes(let message)): completed = try ActionResult.timestamp(message)
            default: break
            }
        }
    }

    /// `google.protobuf.Timestamp`: seconds and nanoseconds.
    private static func timestamp(_ time: Timestamp) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.number(1, time.milliseconds / 1000)
        writer.number(2, time.milliseconds % 1000 * 1_000_000)
        return writer.bytes
    }

    private static func timestamp(_ message: ArraySlice<UInt8>) throws(ProtobufReader.Damage) -> Timestamp {
        var reader = ProtobufReader(message)
        var (seconds, nanoseconds) = (Int64(0), Int64(0))
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (1, .number(let number)): seconds = number
            case (2, .number(let number)): nanoseconds = number
            default: break
            }
        }
        let (milliseconds, isOver) = seconds.multipliedReportingOverflow(by: 1000)
        guard !isOver, (0..<1_000_000_000).contains(nanoseconds) else { throw ProtobufReader.Damage() }
        return Timestamp(milliseconds: milliseconds &+ nanoseconds / 1_000_000)
    }
}

/// What a piece of work is to a cache of actions: a command on an input, and a salt of ours that tells all the rest.
struct CheckAction: Sendable {
    let command: [UInt8]
    let action: [UInt8]

    init(key: CheckKey, run: String, timeout: TimeSpan) {
        self.init(salt: key.sharedHex, run: run, timeout: timeout)
    }

    init(salt: String, run: String, timeout: TimeSpan) {
        var command = ProtobufWriter()
        for word in ["/bin/sh", "-c", run] { command.text(1, word) }
        self.command = command.bytes
        var action = ProtobufWriter()
        action.message(1, BlobDigest(of: command.bytes).message)
        action.message(2, BlobDigest(of: []).message)
        var duration = ProtobufWriter()
        duration.number(1, Int64(timeout.seconds.rounded(.down)))
        action.message(6, duration.bytes)
        action.bytes(9, Array(salt.utf8))
        self.action = action.bytes
    }

    /// Where the result is kept: the SHA-256 of the action.
    var key: String { SHA256.hex(action) }
}

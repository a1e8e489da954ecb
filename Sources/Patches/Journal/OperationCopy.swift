import GitValues
import Store

/// The record of an operation beside the files it keeps, from which a lost store is made again.
struct OperationCopy: Codable {
    var version = 1
    var command: String
    var summary: String
    var started: Timestamp
    var undoable: Bool
    var gitDirectory: String
    var intent: String

    init(_ record: OperationRecord) {
        command = record.command
        summary = record.summary
        started = record.started
        undoable = record.undoable
        gitDirectory = record.gitDirectory
        intent = record.intent
    }

    /// Writes it into the operation's folder. It need not be durable: it only counts when the store is gone.
    func write(into folder: OperationFolder) throws {
        try Disk.write(Array(try JSONText.encode(self).utf8), toNew: folder.record, durably: false)
    }

    /// Reads it; `nil` when there is none, or none that makes sense.
    static func read(from folder: OperationFolder) -> OperationCopy? {
        // What cannot be read is rebuilt from the reference alone.
        guard let bytes = try? Disk.read(folder.record) else { return nil }
        return try? JSONText.decode(OperationCopy.self, from: String(decoding: bytes, as: UTF8.self))
    }
}

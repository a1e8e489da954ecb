package import GitValues
import PlainRemote
import Store

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the workers of this clone did and why: one JSON object per line in `<common dir>/gitpatch/automerge.log`.
package struct EventLog: Sendable {
    /// One line.
    package struct Entry: Codable, Sendable, Hashable {
        package var at: Timestamp
        /// `landed`, `ejected`, `refused`, `moved`, `flaky`, `stop`, `resume`, `note`, …
        package var kind: String
        package var target: String?
        package var patches: [RecordID]?
        package var commit: ObjectID?
        /// One line for people.
        package var text: String

        /// Creates a line.
        package init(
            at time: Timestamp, kind: String, target: String? = nil, patches: [RecordID]? = nil,
            commit: ObjectID? = nil,
            text: String
        ) {
            self.at = time
            self.kind = kind
            self.target = target
            self.patches = patches
            self.commit = commit
            self.text = text
        }
    }

    /// The size at which the file is set aside once, in bytes.
    private static let limit: Int64 = 4 << 20
    private let path: String

    /// Creates the log of a store; nothing is written yet.
    package init(storeDirectory: String) { path = storeDirectory + "/automerge.log" }

    /// Appends a line; whole lines only, from any number of processes. A log that cannot be written stops nothing.
    package func append(_ entry: Entry) {
        guard let text = try? JSONText.encode(entry) else { return }
        var status = stat()
        if stat(path, &status) == 0, Int64(status.st_size) > EventLog.limit { _ = rename(path, path + ".1") }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        SharedFiles.settle(descriptor, at: path)
        let line = Array((text + "\n").utf8)
        _ = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }

    /// The newest lines, oldest of them first; lines that cannot be read are left out.
    package func entries(limit: Int) -> [Entry] {
        let lines = [path + ".1", path].flatMap { EventLog.lines(of: $0) }
        return lines.suffix(limit).compactMap { try? JSONText.decode(Entry.self, from: $0) }
    }

    private static func lines(of path: String) -> [String] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        return bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension EventLog.Entry {
    /// The line for an event of a worker; `nil` for those that are no news afterwards.
    package init?(_ event: WorkerEvent, at time: Timestamp) {
        switch event {
        case .built, .testing, .examining, .watching: return nil
        case .landed(let receipt, let titles):
            self.init(
                at: time, kind: "landed", target: receipt.target, patches: receipt.members.map(\.patch),
                commit: receipt.landed,
                text: "landed \(titles.map { "'\($0)'" }.joined(separator: ", ")) on '\(receipt.target)'")
        case .ejected(let document):
            self.init(
                at: time, kind: "ejected", target: document.target, patches: [document.id], commit: document.head,
                text: "ejected '\(document.title)': \(document.reason ?? "")")
        case .reverted(let receipt, let title):
            self.init(
                at: time, kind: "reverted", target: receipt.target, patches: receipt.reverts, commit: receipt.landed,
                text: "took '\(title)' back on '\(receipt.target)'")
        case .refused(let target, let words):
            self.init(at: time, kind: "refused", target: target, text: "the server refused a landing: \(words)")
        case .moved(let target):
            self.init(at: time, kind: "moved", target: target, text: "something moved before a landing; looked again")
        case .flaky(let target, let tree, let checks):
            self.init(
                at: time, kind: "flaky", target: target,
                text: "\(quoted(checks)) red and then green on tree \(tree.short): flaky")
        case .redTarget(let target, let commit, let checks):
            self.init(
                at: time, kind: "red-target", target: target, commit: commit,
                text:
                    "'\(target)' itself is red (\(quoted(checks)) at \(commit.short)); patches that are red on it wait")
        case .judged(let target, let document):
            self.init(
                at: time, kind: "judged", target: target, commit: document.judged,
                text: "after landing on '\(target)': \(document.text)")
        case .notAtomic:
            self.init(at: time, kind: "note", text: "the server has no atomic push; landed step by step")
        case .note(let text): self.init(at: time, kind: "note", text: text)
        }
    }
}

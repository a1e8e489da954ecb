import Console
import GitValues
import Synchronization
import Validation

/// Tells on standard error what a validation is doing.
///
/// On a terminal the output of checks is shown live and in order: one check at a time, those that run beside it when
/// their turn comes. Elsewhere there is one line per thing that happened, output under `--verbose` only.
struct Progress: Sendable {
    private let console: Console
    private let isSilent: Bool
    private let live: LiveOutput?

    init(_ console: Console, isSilent: Bool) {
        self.console = console
        self.isSilent = isSilent
        let isLive = console.diagnostics.isInteractive && console.verbosity >= .normal && !isSilent
        live = isLive ? LiveOutput(console) : nil
    }

    /// Takes an event, from any thread.
    func take(_ event: ValidationEvent) {
        guard !isSilent else { return }
        switch event {
        case .planned(_, let expected, _):
            if let expected, expected.seconds >= 1 { console.note("expected to take \(expected)") }
        case .started(let check):
            live?.started(check)
            console.detail("\(check): started")
        case .output(let check, let bytes):
            if let live { return live.wrote(check, bytes) }
            guard console.verbosity >= .verbose else { return }
            let text = safeForTerminal(String(decoding: bytes, as: UTF8.self), multiline: true)
            for line in text.split(separator: "\n", omittingEmptySubsequences: false) where !line.isEmpty {
                console.detail("\(check): \(line)")
            }
        case .finished(let report):
            if let live { return live.finished(report) }
            if console.verbosity >= .verbose { console.detail(Rendering.line(report)) }
        case .joined(let check, let remaining):
            console.note("\(check): already running elsewhere" + (remaining.map { ", about \($0) left" } ?? ""))
        case .queued: console.note("waiting: other validations of this repository use all jobs")
        case .warning(let text): console.warning(safeForTerminal(text))
        }
    }
}

/// The output of checks that run side by side, shown as if they ran one after the other.
final class LiveOutput: Sendable {
    /// A check that has started and whose end was not shown yet.
    private struct Entry {
        var name: String
        /// Bytes that were not shown: a line that is not complete, or all since its turn has not come.
        var pending: [UInt8] = []
        var dropped = 0
        var report: CheckReport?
    }

    private let console: Console
    private let entries = Mutex<[Entry]>([])
    /// How much of a check that waits for its turn is kept; its log has all.
    private static let limit = 1 << 18

    init(_ console: Console) { self.console = console }

    func started(_ name: String) {
        entries.withLock { entries in
            entries.append(Entry(name: name))
            if entries.count == 1 { begin(&entries[0]) }
        }
    }

    func wrote(_ name: String, _ bytes: [UInt8]) {
        entries.withLock { entries in
            guard let index = entries.firstIndex(where: { $0.name == name }) else { return }
            entries[index].pending += bytes
            if index == 0 { return flush(&entries[0]) }
            let surplus = entries[index].pending.count - LiveOutput.limit
            if surplus > 0 {
                entries[index].pending.removeFirst(surplus)
                entries[index].dropped += surplus
            }
        }
    }

    func finished(_ report: CheckReport) {
        entries.withLock { entries in
            guard let index = entries.firstIndex(where: { $0.name == report.name }) else { return }
            entries[index].report = report
            while let first = entries.first, let report = first.report {
                flush(&entries[0], toEnd: true)
                console.note("    " + safeForTerminal(Rendering.line(report)))
                entries.removeFirst()
                if !entries.isEmpty { begin(&entries[0]) }
            }
        }
    }

    private func begin(_ entry: inout Entry) {
        console.note(safeForTerminal(entry.name))
        if entry.dropped > 0 { console.note("    … the beginning is in its log only") }
        flush(&entry)
    }

    /// Shows the complete lines that are pending.
    private func flush(_ entry: inout Entry, toEnd: Bool = false) {
        if toEnd, !entry.pending.isEmpty, entry.pending.last != UInt8(ascii: "\n") {
            entry.pending.append(UInt8(ascii: "\n"))
        }
        guard let end = entry.pending.lastIndex(of: UInt8(ascii: "\n")) else { return }
        let text = safeForTerminal(String(decoding: entry.pending[...end], as: UTF8.self), multiline: true)
        entry.pending.removeFirst(end + 1)
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            console.note("    " + line)
        }
    }
}

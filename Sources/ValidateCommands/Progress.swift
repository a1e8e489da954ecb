import Console
import GitValues
import Validation

/// Tells on standard error what a validation is doing: one line per thing that happened.
struct Progress: Sendable {
    private let console: Console
    private let isSilent: Bool

    init(_ console: Console, isSilent: Bool) {
        self.console = console
        self.isSilent = isSilent
    }

    /// Takes an event, from any thread.
    func take(_ event: ValidationEvent) {
        guard !isSilent else { return }
        switch event {
        case .planned(_, let expected, _):
            if let expected, expected.seconds >= 1 { console.note("expected to take \(expected)") }
        case .started(let check): console.detail("\(check): started")
        case .output(let check, let bytes):
            guard console.verbosity >= .verbose else { return }
            let text = safeForTerminal(String(decoding: bytes, as: UTF8.self), multiline: true)
            for line in text.split(separator: "\n", omittingEmptySubsequences: false) where !line.isEmpty {
                console.detail("\(check): \(line)")
            }
        case .finished(let report): if console.verbosity >= .verbose { console.detail(Rendering.line(report)) }
        case .joined(let check, let remaining):
            console.note("\(check): already running elsewhere" + (remaining.map { ", about \($0) left" } ?? ""))
        case .warning(let text): console.warning(safeForTerminal(text))
        }
    }
}

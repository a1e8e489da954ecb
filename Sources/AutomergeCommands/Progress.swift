import Automerge
import Console
import GitValues
import PlainRemote
import Validation

/// Tells on standard error what a worker and its checks are doing.
struct Progress: Sendable {
    private let console: Console

    init(_ console: Console) { self.console = console }

    /// Takes an event of a validation, from any thread.
    func take(_ event: ValidationEvent) {
        switch event {
        case .planned, .output: break
        case .started(let check): console.detail(safeForTerminal("  \(check): started"))
        case .finished(let report):
            let time = report.duration.map { " in \(TimeSpan(seconds: $0))" } ?? ""
            console.detail(safeForTerminal("  \(report.name): \(report.outcome.rawValue)\(time)"))
        case .joined(let check, _): console.detail(safeForTerminal("  \(check): already running elsewhere"))
        case .queued: console.detail("  waiting: other validations of this repository use all jobs")
        case .warning(let text): console.warning(safeForTerminal(text))
        }
    }

    /// Takes an event of a worker.
    func take(_ event: WorkerEvent) {
        switch event {
        case .built(let target, let patches):
            console.detail(safeForTerminal("'\(target)': built \(patches.map(\.title).joined(separator: ", "))"))
        case .testing(let target, let checks, let again):
            let names = checks.joined(separator: ", ")
            console.note(safeForTerminal("'\(target)': testing the merged result\(again ? " again" : "") (\(names))"))
        case .examining(let target, let checks, let commit, let again):
            let names = checks.joined(separator: ", ")
            console.note(
                safeForTerminal("testing '\(target)' itself\(again ? " again" : ""), \(commit.short) (\(names))"))
        case .watching(let target, let checks, let landed):
            let names = checks.joined(separator: ", ")
            console.note(safeForTerminal("'\(target)': testing what landed, \(landed.short) (\(names))"))
        case .landed, .ejected, .reverted: break  // The result says so.
        case .refused(let target, let words):
            console.warning(safeForTerminal("the server refused a landing on '\(target)': \(words)", multiline: true))
        case .moved(let target): console.detail(safeForTerminal("'\(target)': something moved, looking again"))
        case .redTarget(let target, let commit, let checks):
            let names = checks.joined(separator: ", ")
            console.warning(
                safeForTerminal(
                    "'\(target)' itself is red at \(commit.short): \(names); patches that are red on it wait"))
        case .flaky(let target, let tree, let checks):
            let names = checks.isEmpty ? "a check" : checks.map { "'\($0)'" }.joined(separator: ", ")
            console.warning(
                safeForTerminal("'\(target)': \(names) red and then green on the same tree \(tree.short): flaky"))
        case .judged(let target, let document):
            let line = safeForTerminal("'\(target)' after landing: \(document.text)")
            switch document.outcome {
            case .passed, .expired, .reverted: console.note(line)
            case .flaky, .inherited, .stuck: console.warning(line)
            }
        case .notAtomic:
            console.warning("the server cannot move several references as one: a stop may come one push too late")
        case .note(let text): console.note(safeForTerminal(text))
        }
    }
}

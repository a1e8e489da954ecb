import Automerge
import CommandOptions
import Console
import GitProcess
import GitValues
import PlainRemote
import Store

/// Prints what a pass did.
struct RunRendering {
    let console: Console

    private struct Document: Encodable {
        var version = 1
        var landed: [Receipt]
        var ejected: [PassReport.Ejected]
        var reverted: [Receipt]
        var waiting: [PassReport.Waiting]
        /// Absent when every record could be read.
        var unreadable: [PassReport.Waiting]?
        var errors: [ProblemDocument]?
    }

    /// Prints a report and returns the exit code it stands for.
    ///
    /// - Parameters:
    ///   - isOnly: whether this is the only pass: the passes of `--watch` that did nothing say nothing.
    ///   - interrupted: the signal that ended the pass before its end.
    func show(
        _ report: PassReport, asJSON: Bool, isOnly: Bool = true, interrupted: Interrupted? = nil
    ) throws -> Int32 {
        var problems = RunRendering.problems(of: report)
        if let interrupted {
            problems.insert(
                Problem(
                    code: interrupted.problemCode, status: interrupted.exitStatus, text: interrupted.description), at: 0
            )
        }
        if asJSON {
            let document = Document(
                landed: report.landed, ejected: report.ejected, reverted: report.reverted, waiting: report.waiting,
                unreadable: report.unreadable.isEmpty ? nil : report.unreadable,
                errors: problems.isEmpty ? nil : problems.map { ProblemDocument(code: $0.code, message: $0.text) })
            console.result(try JSONText.encode(document))
        } else {
            showText(report, isOnly: isOnly)
        }
        if isOnly || !report.landed.isEmpty || !report.ejected.isEmpty {
            for item in report.unreadable {
                console.warning(safeForTerminal("cannot read patch \(item.patch.short): \(item.reason)"))
            }
        }
        for problem in problems { console.report(problem.text, hints: problem.hints) }
        return problems.first?.status ?? ExitStatus.done
    }

    private func showText(_ report: PassReport, isOnly: Bool) {
        for receipt in report.landed {
            let patches = receipt.members.map { name($0.patch, report) }.joined(separator: ", ")
            let target = safeForTerminal(receipt.target)
            console.result("landed \(patches) on '\(target)' as \(receipt.landed.short) (\(receipt.method))")
        }
        for item in report.ejected {
            console.result("ejected \(name(item.patch, report)): \(safeForTerminal(item.reason))")
        }
        for receipt in report.reverted {
            let patches = (receipt.reverts ?? []).map { name($0, report) }.joined(separator: ", ")
            console.result("took back \(patches) on '\(safeForTerminal(receipt.target))' as \(receipt.landed.short)")
        }
        let quiet = report.landed.isEmpty && report.ejected.isEmpty
        if isOnly || !quiet {
            for item in report.waiting {
                console.result("waiting \(name(item.patch, report)): \(safeForTerminal(item.reason, multiline: true))")
            }
        }
        if isOnly && quiet && report.waiting.isEmpty && report.unreachable == nil {
            console.note("nothing waits to land")
            for (target, stop) in report.stopped {
                console.note(safeForTerminal("'\(target)' is stopped by \(stop.by): \(stop.reason)"))
            }
        }
    }

    private func name(_ patch: RecordID, _ report: PassReport) -> String {
        report.titles[patch].map { "'\(safeForTerminal($0))'" } ?? patch.short
    }

    struct Problem {
        var code: String
        var status: Int32
        var text: String
        var hints: [String] = []
    }

    private static func status(of code: PassReport.Failure.Code) -> Int32 {
        switch code {
        case .wrongMerge, .untestedMerge, .unprovenMerge: ExitStatus.refused
        case .notTakenBack: ExitStatus.tryAgain
        case .notTested, .noReceipt, .needsHuman: ExitStatus.unavailable
        }
    }

    static func problems(of report: PassReport) -> [Problem] {
        var problems: [Problem] = []
        if let words = report.unreachable {
            problems.append(
                Problem(
                    code: "remote-unreachable", status: ExitStatus.unavailable,
                    text: "cannot reach the remote: \(words)",
                    hints: ["type 'git fetch' to see whether git reaches it"]))
        }
        problems += report.misconfigured.map {
            Problem(
                code: "checks-undefined", status: ExitStatus.configuration, text: $0,
                hints: ["nothing lands until the target's .gitpatch is mended"])
        }
        problems += report.failures.map {
            Problem(code: $0.code.rawValue, status: status(of: $0.code), text: $0.words)
        }
        return problems
    }
}

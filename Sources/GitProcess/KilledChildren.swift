import Subprocess
import Synchronization

/// Remembers whether a child of this process was killed: git then leaves its lock files, and somebody must look.
package enum KilledChildren {
    private static let seen = Atomic(false)

    /// Whether a child ended by a signal that lets nothing clean up.
    package static var any: Bool { seen.load(ordering: .relaxed) }

    static func note() { seen.store(true, ordering: .relaxed) }
}

extension ProcessResult.Ending {
    /// How a child of ours ended.
    init(of status: TerminationStatus) {
        switch status {
        case .exited(let code): self = .exited(code)
        case .signaled(let number):
            // TERM, INT and HUP let git remove its locks; nothing else does.
            if ![1, 2, 15].contains(number) { KilledChildren.note() }
            self = .signaled(number)
        }
    }
}

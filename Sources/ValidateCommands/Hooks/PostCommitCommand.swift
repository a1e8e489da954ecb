import ArgumentParser
import GitProcess
import GitValues
import Store
import Validation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `git validate hook post-commit`: validates the new commit behind the user's back. Always exit 0, never a word.
struct PostCommitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "post-commit", shouldDisplay: false)

    func run() async {
        guard !HookCommand.isOurOwn, !HookCommand.isOff else { return }
        // Started by a hook itself, not by the helper: the hook must not wait, nor may its streams stay open.
        if getsid(0) != getpid() {
            if let program = Desk.ownProgram {
                _ = try? SessionProcess.startDetached(program, ["hook", "post-commit"])
            }
            return
        }
        errno = 0
        if getpriority(.init(0), 0) == 0 { _ = nice(10) }
        // Whatever goes wrong here is found again, and told, when the commit is pushed.
        try? await PostCommitCommand.speculate()
    }

    private static func speculate() async throws {
        guard let desk = try await Desk.openIfPossible() else { return }
        try await Interruption.run {
            let speculation = Speculation(location: desk.location, git: desk.git)
            let store = try Store.open(directory: desk.location.storeDirectory)
            try await speculation.run(store: store)
        }
    }
}

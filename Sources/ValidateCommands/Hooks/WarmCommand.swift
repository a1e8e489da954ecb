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

/// `git validate hook warm`: makes environments that the next run will need, behind the user's back. Always exit 0.
struct WarmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "warm", shouldDisplay: false)

    func run() async {
        errno = 0
        if getpriority(.init(0), 0) == 0 { _ = nice(10) }
        // Whatever goes wrong here is found again, and told, by the run that needs the environment.
        try? await WarmCommand.warm()
    }

    private static func warm() async throws {
        guard let desk = try await Desk.openIfPossible(), Foresight.hasHistory(desk.location.storeDirectory) else {
            return
        }
        try await Interruption.run {
            let store = try Store.open(directory: desk.location.storeDirectory)
            try await Foresight(location: desk.location, git: desk.git).run(store: store)
        }
    }
}

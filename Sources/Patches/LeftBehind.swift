import GitProcess
import GitValues
import Store

/// Processes that go on after a command or hook that must not wait.
extension Session {
    /// Leaves a process behind that delivers what is due, for commands and hooks that must not wait for a remote.
    package func deliverBehind() {
        // Losing an error is right: whatever is not delivered now is still queued.
        guard let due = try? store.openRequests().contains(where: { ($0.notBefore ?? .now()) <= .now() }), due,
            let program = runningProgram()
        else { return }
        _ = try? SessionProcess.startDetached(program, ["hook", "deliver"])
    }
}

extension Workspace {
    /// Lets `git-validate` make environments that the next run will need, where runs have used any.
    package func warmBehind() {
        guard let own = runningProgram(), HookFiles.exists(location.storeDirectory + "/environments") else { return }
        let program = own[..<(own.lastIndex(of: "/") ?? own.startIndex)] + "/git-validate"
        // Losing an error is right: what is not warm is made by the run that needs it.
        _ = try? SessionProcess.startDetached(String(program), ["hook", "warm"])
    }
}

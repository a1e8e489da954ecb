package import GitValues
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Sees to it that the commands of one run end with it, even when this process is killed and can do nothing.
///
/// A small shell in a session of its own waits on a pipe that only this process can write to. It is told which process
/// groups run; when the pipe closes without a farewell it sends them TERM, and KILL two seconds later. A lock it
/// holds stays locked until then, so whoever takes it next finds no process of ours left.
///
/// Every command carries `GITPATCH_RUN=<mark>.<number>` in its environment. Where `/proc` exists, that finds processes
/// that left their group as well.
package final class ProcessGuard: Sendable {
    /// Names the run in the environment of its commands.
    package let mark: RecordID

    private struct State {
        var pipe: Int32
        var commands = 0
        /// How many commands work in a directory of their own, and the lowest group since there was none.
        var owners = 0
        var since = Int32.max
    }

    private let watcher: SessionProcess
    private let state: Mutex<State>

    /// Starts to watch.
    ///
    /// - Parameter descriptor: kept open by the watcher until nothing of the run is left.
    package init(holding descriptor: Int32? = nil) throws(GitProcessError) {
        mark = RecordID.make()
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw GitProcessError(code: .notStarted, operation: "sh", message: String(cString: strerror(errno)))
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        do {
            watcher = try SessionProcess.start(
                "/bin/sh", ["-c", ProcessGuard.script, "git-patch-guard", mark.text],
                environment: ProcessEnvironment.all.map { "\($0.key)=\($0.value)" }, input: ends[0],
                holding: descriptor)
        } catch {
            close(ends[1])
            throw error
        }
        state = Mutex(State(pipe: ends[1]))
    }

    deinit { end() }

    /// Says farewell and waits for the watcher: what it held is free when this returns.
    package func end() {
        let pipe = state.withLock { state -> Int32 in
            defer { state.pipe = -1 }
            return state.pipe
        }
        guard pipe >= 0 else { return }
        ProcessGuard.write(".\n", to: pipe)
        close(pipe)
        watcher.wait()
    }

    /// The value of `GITPATCH_RUN` for the next command.
    func nextMark() -> String {
        state.withLock { state in
            state.commands += 1
            return "\(mark).\(state.commands)"
        }
    }

    /// Tells the watcher that a process group runs.
    func started(group: Int32) {
        state.withLock { $0.since = min($0.since, group) }
        tell("+ \(group)\n")
    }

    /// Notes that a command begins to work in its directory.
    func enter() { state.withLock { $0.owners += 1 } }

    /// Notes that it has ended. For the last one, returns the first process group since nobody worked there.
    func leave() -> Int32? {
        state.withLock { state in
            state.owners -= 1
            guard state.owners == 0 else { return nil }
            defer { state.since = .max }
            return state.since
        }
    }

    /// Tells the watcher that nothing of a process group is left.
    func ended(group: Int32) { tell("- \(group)\n") }

    private func tell(_ line: String) {
        state.withLock { state in if state.pipe >= 0 { ProcessGuard.write(line, to: state.pipe) } }
    }

    /// Lines this short are written whole or not at all; a watcher that is gone cannot be told.
    private static func write(_ line: String, to pipe: Int32) {
        let bytes = Array(line.utf8)
        while posixWrite(pipe, bytes, bytes.count) < 0 && errno == EINTR {}
    }

    private static let script = #"""
        trap '' HUP INT QUIT TERM PIPE
        groups=' '
        while read -r verb group; do
            case $verb in
            +) groups="$groups$group " ;;
            -) case $groups in *" $group "*) groups="${groups%% $group *} ${groups#* $group }" ;; esac ;;
            .) exit 0 ;;
            esac
        done
        marked() {
            for file in $(grep -lsF "GITPATCH_RUN=$mark." /proc/[0-9]*/environ); do
                file=${file#/proc/}
                echo "${file%/environ}"
            done
        }
        strike() {
            for group in $groups; do kill -s "$1" -- "-$group"; done
            for process in $(marked); do kill -s "$1" "$process"; done
        }
        alive() {
            for group in $groups; do kill -s 0 -- "-$group" && return 0; done
            [ -n "$(marked)" ]
        }
        exec 2>/dev/null
        mark=$1
        strike TERM
        rounds=0
        while [ $rounds -lt 20 ] && alive; do
            sleep 0.1
            rounds=$((rounds + 1))
        done
        strike KILL
        sleep 0.1
        strike KILL
        """#
}

#if canImport(Glibc)
    private let posixWrite = Glibc.write
#elseif canImport(Musl)
    private let posixWrite = Musl.write
#else
    private let posixWrite = Darwin.write
#endif

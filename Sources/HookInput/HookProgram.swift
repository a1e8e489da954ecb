import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What `git-patch-hook` does, from the command line to the exit code.
package enum HookProgram {
    /// Runs the hook and returns its exit code; where another program takes over, it does not return.
    ///
    /// - Parameter line: the command line, the program's own name first.
    package static func run(_ line: [String]) -> Int32 {
        if Array(line.dropFirst()) == ["--version"] {
            print(SuiteVersion.line("git-patch-hook"))
            return 0
        }
        guard let call = HookCall(startedAs: line.first ?? "", line) ?? HookCall(Array(line.dropFirst())) else {
            say("usage: git-patch-hook [--then HOOK] pre-push|post-commit|post-merge|post-checkout [ARGUMENT…]")
            return 64
        }
        let environment = HookVariables.current()
        let repository = HookRepository.find(environment: environment)
        let next = nextHook(call, repository)
        let input = call.event == .prePush ? readInput() : []
        if let repository, call.event != nil, environment["GITPATCH_CHILD"] == nil {
            for line in HookNotices.take(from: repository.storeDirectory) { say(line) }
        }
        let decision = HookDecision.decide(call, input: input, environment: environment, repository: repository)
        switch decision {
        case .pass:
            if call.event == .prePush, let repository, repository.hasStore {
                SharedFiles.noteFile(of: repository.commonDirectory)
                PushLog.add(PushUpdate.parse(input) ?? [], in: repository.storeDirectory)
            }
        case .bypass:
            let updates = PushUpdate.parse(input) ?? []
            if let repository {
                SharedFiles.noteFile(of: repository.commonDirectory)
                Bypass.record(updates, in: repository.storeDirectory)
            }
        case .start(let tool, let arguments): start(tool, arguments, environment)
        case .ask(let tool, let arguments):
            if let next {
                guard let code = Launch.run(next, call.arguments, input: input) else { return cannotRun(next) }
                guard code == 0 else { return code }
            }
            let path = toolPath(tool)
            guard Launch.become(path, arguments, input: input) else {
                say("error: cannot hand on what is pushed: there is no room for a temporary file (\(errorText()))")
                say("hint: set TMPDIR to a folder with space, or skip the checks: git push --no-verify")
                return 1
            }
            say("warning: cannot run '\(path)' (\(errorText())), so this push is not validated")
            return 0
        }
        if let watched = call.watched, call.event != .prePush, let repository, isOlder(repository, than: watched) {
            start("git-patch", ["hooks", "install", "--refresh", "--quiet"], environment)
        }
        guard let next else { return 0 }
        Launch.become(next, call.arguments, input: call.event == .prePush ? input : nil)
        return cannotRun(next)
    }

    /// The hook to pass on to, when it is there and git would run it.
    private static func nextHook(_ call: HookCall, _ repository: HookRepository?) -> String? {
        let path: String? =
            switch call.next {
            case .program(let path): path
            case .ofRepository: repository.map { $0.commonDirectory + "/hooks/" + call.name }
            case nil: nil
            }
        return path.flatMap { access($0, X_OK) == 0 && !isDirectory($0) ? $0 : nil }
    }

    /// Where hooks stand that pass on to those of another folder: `<common dir>/gitpatch/hooks`.
    package static func passOnFolder(_ storeDirectory: String) -> String { storeDirectory + "/hooks" }

    /// Whether hooks were added to or removed from the watched folder since ours were made to stand for them.
    private static func isOlder(_ repository: HookRepository, than watched: String) -> Bool {
        guard let theirs = FileIdentity.of(watched),
            let ours = FileIdentity.of(passOnFolder(repository.storeDirectory))
        else { return false }
        return theirs.modified >= ours.modified
    }

    private static func start(_ tool: String, _ arguments: [String], _ environment: HookVariables) {
        let path = toolPath(tool)
        guard Launch.leaveBehind(path, arguments, environment: environmentForLater(environment)) else {
            say("warning: cannot run '\(path)' (\(errorText()))")
            return
        }
    }

    /// The environment without what git set for this one commit, merge or checkout.
    private static func environmentForLater(_ environment: HookVariables) -> [String] {
        let gone: Set<String> = [
            "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_REFLOG_ACTION", "GIT_EDITOR", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL",
            "GIT_AUTHOR_DATE", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_DATE",
        ]
        return environment.matching(["*"]).filter { !gone.contains($0.name) }.map { "\($0.name)=\($0.value)" }
    }

    /// The tools lie beside the helper, or beside the folder it lies in (`libexec/git-patch` and `bin`).
    private static func toolPath(_ tool: String) -> String {
        let folder = executableFolder()
        let places = [folder, folder + "/../bin", folder + "/../../bin"].map { $0 + "/" + tool }
        return places.first { access($0, X_OK) == 0 } ?? places[0]
    }

    private static func executableFolder() -> String {
        #if canImport(Darwin)
            var size = UInt32(4096)
            var buffer = [CChar](repeating: 0, count: Int(size))
            let path = _NSGetExecutablePath(&buffer, &size) == 0 ? resolved(String(cString: buffer)) : nil
        #else
            let path = resolved("/proc/self/exe")
        #endif
        let file = path ?? resolved(CommandLine.arguments[0]) ?? ""
        return file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
    }

    /// What git writes for pre-push; nothing when the hook is tried by hand at a terminal.
    private static func readInput() -> [UInt8] { isatty(0) == 1 ? [] : readAll(0) ?? [] }

    private static func cannotRun(_ hook: String) -> Int32 {
        say("error: cannot run the hook '\(hook)': \(errorText())")
        return 1
    }

    private static func errorText() -> String { String(cString: strerror(errno)) }

    private static func say(_ line: String) { _ = writeAll(Array((line + "\n").utf8), to: 2) }
}

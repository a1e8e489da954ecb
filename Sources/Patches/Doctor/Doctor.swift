import Git2
import GitProcess
import GitValues
import Settings
import Snapshots
import Store

/// One thing `doctor` looked at.
package struct Finding: Sendable, Equatable {
    /// How it is.
    package enum State: String, Sendable {
        case fine = "ok"
        case odd = "warning"
        case broken = "error"
    }

    /// What was looked at, one word: `git`, `store`, `configuration`.
    package var name: String
    package var state: State
    /// One line.
    package var detail: String
    /// A command to type.
    package var hint: String?

    init(_ name: String, _ state: State, _ detail: String, hint: String? = nil) {
        self.name = name
        self.state = state
        self.detail = detail
        self.hint = hint
    }
}

/// Looks at everything that can be wrong with a repository, and changes nothing.
package struct Doctor: Sendable {
    let git: GitProgram
    let location: RepositoryLocation
    /// How this program was called, to find the helper of hooks beside it.
    let program: String

    /// Finds the repository to look at; its configuration may be broken.
    package static func visit(directory: String = ".", program: String = "git-patch") async throws -> Doctor {
        let here = GitProgram(directory: DiskPath(directory).filePath).readOnly
        let location = try await here.locate()
        var git = here
        git.directory = DiskPath(location.worktree).filePath
        return Doctor(git: git, location: location, program: program)
    }

    /// The findings, in the order of the layers: git, repository, configuration, store.
    package func findings() async throws -> [Finding] {
        var findings = try await [version(), engine()]
        findings += try await configuration()
        findings.append(try await identity())
        let missing = try await hooksFolder()
        findings += try await missing.isEmpty ? installedHooks() : missing
        findings += progress()
        findings += store()
        findings += locks()
        return findings
    }

    private func version() async throws -> Finding {
        let text = try await git.output(["version"]).text
        let numbers = text.split(separator: " ").dropFirst(2).first?.split(separator: ".").compactMap { Int($0) } ?? []
        guard let major = numbers.first, let minor = numbers.dropFirst().first else {
            return Finding("git", .odd, "its version cannot be read: \(text)")
        }
        let isNewEnough = (major, minor) >= (2, 36)
        return Finding(
            "git", isNewEnough ? .fine : .broken, text,
            hint: isNewEnough ? nil : "install git 2.36 or newer")
    }

    private func engine() -> Finding {
        let view = RepositoryView(location, git: git, reflogs: .usual)
        if let problem = view.libraryProblem {
            return Finding("repository", .odd, "git does all the work here: \(problem.message)")
        }
        return Finding("repository", .fine, location.worktree)
    }

    private func configuration() async throws -> [Finding] {
        let path = DiskPath(location.worktree).appending(CommittedFile.path)
        let file = try Disk.read(path).map { CommittedFile(bytes: $0) }
        let (settings, problems) = try await Settings.inspect(git: git, committed: file)
        if problems.isEmpty && settings.notices.isEmpty {
            let detail = file == nil ? "no \(CommittedFile.path); git's own has nothing wrong" : "nothing wrong"
            return [Finding("configuration", .fine, detail)]
        }
        return problems.map { Finding("configuration", .broken, $0.description, hint: $0.hints.first) }
            + settings.notices.map { Finding("configuration", .odd, $0.description, hint: $0.hints.first) }
    }

    private func identity() async throws -> Finding {
        let result = try await git.run(["var", "GIT_COMMITTER_IDENT"])
        guard result.succeeded, let who = Identity(result.text) else {
            return Finding(
                "identity", .broken, "git does not know who you are",
                hint: "git config --global user.name \"Your Name\"; git config --global user.email you@example.com")
        }
        return Finding("identity", .fine, "\(who.name) <\(who.mail)>")
    }

    /// Hooks of ours that are there and not complete.
    private func installedHooks() async throws -> [Finding] {
        let report = try await Hooks(.repository(location), git: git, program: program).status()
        if report.isAbsent { return [] }
        if report.isComplete { return [Finding("hooks", .fine, "installed in '\(report.place)'")] }
        let states = report.hooks.filter { $0.state != .installed }.map { "\($0.event) is \($0.state.rawValue)" }
        let others = report.notPassedOn.map { "\($0) is not passed on yet" }
        return [
            Finding(
                "hooks", .odd, "not complete: " + (states + others).joined(separator: ", "),
                hint: "git patch hooks install")
        ]
    }

    /// A hooks folder that is not there: git then runs no hook, and says nothing.
    private func hooksFolder() async throws -> [Finding] {
        let result = try await git.run(["config", "--type=path", "--get", "core.hooksPath"])
        guard result.succeeded, !result.text.isEmpty else { return [] }
        let path = result.text
        guard !HookFiles.exists(path.hasPrefix("/") ? path : location.worktree + "/" + path) else { return [] }
        let site = try await HookSite.look(.repository(location), git: git, program: "git-patch")
        if PassOnHooks(site: site).isOurs(path) {
            return [
                Finding(
                    "hooks", .broken, "core.hooksPath is '\(path)', a folder of ours that is not there: no hook runs",
                    hint: "git patch hooks install")
            ]
        }
        return [
            Finding(
                "hooks", .odd, "core.hooksPath is '\(path)', which is not there: no hook runs",
                hint: "git config --show-origin core.hooksPath")
        ]
    }

    private func progress() -> [Finding] {
        guard let found = OperationInProgress.find(in: location) else { return [] }
        return [
            Finding(
                "progress", .odd, "a \(found.rawValue) is in progress; patches wait for its end", hint: "git status")
        ]
    }

    private func store() -> [Finding] {
        guard Store.exists(in: location.storeDirectory) else { return [Finding("store", .fine, "none yet")] }
        do {
            let store = try Store.open(directory: location.storeDirectory)
            let unfinished = try store.unfinishedOperations()
            let count = try store.patches().count
            var findings = [Finding("store", .fine, counted(count, "patch record"))]
            for record in unfinished {
                findings.append(
                    record.owner.isAlive
                        ? Finding("journal", .fine, "git patch \(record.command) is at work (\(record.owner))")
                        : Finding(
                            "journal", .odd, "git patch \(record.command) was interrupted", hint: "git patch status"))
            }
            return findings
        } catch {
            return [Finding("store", .broken, error.description, hint: error.hints.first)]
        }
    }

    /// Locks of git that are older than any command takes.
    private func locks() -> [Finding] {
        let now = Timestamp.now().seconds
        let names = ["index.lock", "HEAD.lock", "config.lock", "packed-refs.lock", "shallow.lock"]
        let folders = Set([location.gitDirectory, location.commonDirectory]).sorted().map { DiskPath($0) }
        let paths =
            names.flatMap { name in folders.map { $0.appending(name) } }
            + folders.flatMap { Doctor.referenceLocks(below: $0.appending("refs")) }
        return paths.compactMap { path -> Finding? in
            guard let identity = FileIdentity.of(path), now - identity.modifiedSeconds > 60 else { return nil }
            return Finding(
                "lock", .odd, "'\(path)' is \(TimeSpan(seconds: Double(now - identity.modifiedSeconds))) old",
                hint: "if no git command runs, remove that file")
        }
    }

    /// The locks of single references, and what git leaves of a change that was killed.
    private static func referenceLocks(below folder: DiskPath) -> [DiskPath] {
        Disk.names(in: folder).flatMap { name -> [DiskPath] in
            let path = folder.appending(name)
            if name.suffix(5).elementsEqual(".lock".utf8) { return [path] }
            return FileIdentity.of(path)?.kind == .directory ? referenceLocks(below: path) : []
        }
    }
}

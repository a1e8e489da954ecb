package import GitProcess
import GitValues

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Installs, removes and inspects the hooks of the suite.
///
/// Where they go: git's configuration, when git can run hooks from there (2.54); else git's own hooks folder; else, when
/// that folder is not the repository's to write in, a folder of ours that passes on to it.
package struct Hooks: Sendable {
    /// What a change did.
    package struct Outcome: Sendable {
        /// Whether anything was changed.
        package let isChanged: Bool
        package let report: HooksReport
    }

    private let scope: HookScope
    private let git: GitProgram
    private let program: String

    /// Creates the hooks of a repository or of all repositories.
    ///
    /// - Parameters:
    ///   - git: bound to the repository; any folder will do for all repositories.
    ///   - program: how this program was called, to find the helper beside it.
    package init(_ scope: HookScope, git: GitProgram, program: String) {
        self.scope = scope
        self.git = git
        self.program = program
    }

    /// Installs the hooks, or mends and moves those that are there. Doing it twice changes nothing.
    ///
    /// - Parameter isRefresh: changes only what is installed; for the helper, which must not undo an uninstallation.
    package func install(isRefresh: Bool = false) async throws -> Outcome {
        var site = try await HookSite.look(scope, git: git, program: program)
        guard HookFiles.isExecutable(site.helper) else { throw HooksProblem.helperMissing(site.helper) }
        if let covering = try await coveringReport(site) { return Outcome(isChanged: false, report: covering) }
        let before = try await report(site)
        if before.report.isComplete && before.others == 0 && before.report.placement != .passOn {
            return Outcome(isChanged: false, report: before.report)
        }
        let lock = try lockStore(site)
        defer { close(lock) }
        site = try await HookSite.look(scope, git: git, program: program)
        let now = try await report(site)
        if isRefresh, now.report.isAbsent, now.others == 0 { return Outcome(isChanged: false, report: now.report) }
        switch wantedPlacement(site) {
        case .configuration:
            try await ConfiguredHooks(site: site).install()
            try await PassOnHooks(site: site).uninstall()
            try inPlace(site)?.uninstall()
        case .inPlace:
            try inPlace(site)?.install()
            try await ConfiguredHooks(site: site).uninstall()
            try await PassOnHooks(site: site).uninstall()
        case .passOn:
            try await PassOnHooks(site: site).install()
            try await ConfiguredHooks(site: site).uninstall()
            try inPlace(site)?.uninstall()
        }
        let after = try await report(try await HookSite.look(scope, git: git, program: program))
        return Outcome(isChanged: after != before, report: after.report)
    }

    /// Removes the hooks and puts back what was there, byte for byte. Doing it twice changes nothing.
    package func uninstall() async throws -> Outcome {
        let site = try await HookSite.look(scope, git: git, program: program)
        let before = try await report(site)
        if before.report.isAbsent && before.others == 0 && !HookFiles.exists(PassOnHooks(site: site).folder) {
            return Outcome(isChanged: false, report: before.report)
        }
        let lock = try lockStore(site)
        defer { close(lock) }
        try await ConfiguredHooks(site: site).uninstall()
        try await PassOnHooks(site: site).uninstall()
        try inPlace(site)?.uninstall()
        let after = try await report(try await HookSite.look(scope, git: git, program: program))
        if case .global = scope {
            // Nothing of the suite is left in the user's folder; whoever waits for the lock takes it all the same.
            unlink(site.storeDirectory + "/installing")
            rmdir(site.storeDirectory)
        }
        return Outcome(isChanged: after != before, report: after.report)
    }

    /// How the hooks stand.
    package func status() async throws -> HooksReport {
        let site = try await HookSite.look(scope, git: git, program: program)
        if let covering = try await coveringReport(site) { return covering }
        return try await report(site).report
    }

    /// How the hooks for all repositories stand, where they already run in this one; `nil` elsewhere.
    private func coveringReport(_ site: HookSite) async throws -> HooksReport? {
        guard case .repository = scope, try await report(site).report.isAbsent else { return nil }
        let everywhere = try await HookSite.look(.global, git: git, program: program)
        let found = try await report(everywhere).report
        guard found.isInstalled, found.placement == .configuration || site.hooksPath?.value == found.place else {
            return nil
        }
        return found
    }

    /// The placement that has hooks of ours, or the one they would get; and how many others have some, too.
    private struct Found: Equatable {
        let report: HooksReport
        let others: Int
    }

    private func report(_ site: HookSite) async throws -> Found {
        let wanted = wantedPlacement(site)
        var reports = [try await ConfiguredHooks(site: site).report(), try PassOnHooks(site: site).report()]
        if let inPlace = inPlace(site) { reports.append(try inPlace.report(isUsed: wanted != .passOn)) }
        let present = reports.filter { !$0.isAbsent }
        guard let best = present.first(where: { $0.placement == wanted }) ?? present.first else {
            return Found(report: reports.first { $0.placement == wanted } ?? reports[0], others: 0)
        }
        return Found(report: best, others: present.count - (best.placement == wanted ? 1 : 0))
    }

    private func wantedPlacement(_ site: HookSite) -> HooksReport.Placement {
        if site.hasConfiguredHooks { return .configuration }
        guard let folder = site.defaultFolder else { return .passOn }
        if let named = site.hooksPath?.value {
            let path = named.hasPrefix("/") ? named : site.worktree + "/" + named
            guard resolvedPath(path) == resolvedPath(folder), HookFiles.exists(folder) else {
                return .passOn
            }
        }
        // A hooks folder that is a link leads to files of somebody else: of the working tree, or of other repositories.
        guard let slash = folder.lastIndex(of: "/"), let parent = resolvedPath(String(folder[..<slash])) else {
            return .passOn
        }
        return !HookFiles.exists(folder) || resolvedPath(folder) == parent + "/hooks" ? .inPlace : .passOn
    }

    private func inPlace(_ site: HookSite) -> InPlaceHooks? {
        site.defaultFolder.map { InPlaceHooks(folder: $0, helper: site.helper) }
    }

    /// One installation at a time; the lock ends with the process.
    private func lockStore(_ site: HookSite) throws -> Int32 {
        try HookFiles.makeFolder(site.storeDirectory)
        let path = site.storeDirectory + "/installing"
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            SharedFiles.settle(descriptor, at: path)
            guard descriptor >= 0, flock(descriptor, LOCK_EX) == 0 else { throw HookFiles.problem(path) }
            var mine = stat()
            var there = stat()
            // An uninstallation takes the file away while it holds the lock: what was waited for is no lock any more.
            if fstat(descriptor, &mine) == 0, stat(path, &there) == 0, mine.st_ino == there.st_ino { return descriptor }
            close(descriptor)
            try HookFiles.makeFolder(site.storeDirectory)
        }
    }
}

import GitProcess
import GitValues
import Settings
import SuiteTestSupport
import SystemPackage
import Testing

/// Which layer wins.
struct PrecedenceTests {
    @Test func nearerLayersWin() async throws {
        try await withRepository { repository in
            let file = committed("[automerge]\n\tdelay = 1m\n\tmethod = merge\n\tbatch = 3\n")
            var settings = try await load(repository, file)
            #expect(settings[AutomergeKeys.delay] == TimeSpan(seconds: 60))
            #expect(settings[AutomergeKeys.method] == .merge)
            #expect(settings[AutomergeKeys.approvals] == 0)

            try await repository.git("config", "--global", "automerge.delay", "2m")
            settings = try await load(repository, file)
            #expect(settings[AutomergeKeys.delay] == TimeSpan(seconds: 120))

            try await repository.git("config", "automerge.delay", "3m")
            settings = try await load(repository, file)
            #expect(settings[AutomergeKeys.delay] == TimeSpan(seconds: 180))

            settings = try await load(repository.with(environment: environment("automerge.delay", "4m")), file)
            #expect(settings[AutomergeKeys.delay] == TimeSpan(seconds: 240))

            try settings.override(AutomergeKeys.delay, with: ["5m"], flag: "--delay")
            #expect(settings[AutomergeKeys.delay] == TimeSpan(seconds: 300))
            #expect(settings[AutomergeKeys.batch] == 3)
            let scopes = settings.explain("automerge.delay").map(\.origin.scope)
            #expect(scopes == [.committed, .global, .local, .command, .flag])
        }
    }

    @Test func defaultsHoldWhenNobodySaysAnything() async throws {
        try await withRepository { repository in
            let settings = try await load(repository, nil)
            #expect(settings[PatchKeys.target] == nil && settings[PatchKeys.branchPrefix] == "patch/")
            #expect(settings[PatchKeys.maxFileSize] == ByteSize("50m"))
            #expect(settings[AutomergeKeys.method] == .squash && settings[AutomergeKeys.requiredCheck].isEmpty)
            #expect(settings[ValidateKeys.prePush] == .quick && settings[ValidateKeys.jobs] == .auto)
            #expect(settings[ValidateKeys.budget] == TimeSpan("4m") && settings[ValidateKeys.overBudget] == .block)
            #expect(settings[ValidateKeys.audit] == 0.01)
            #expect(Tier.allCases.map { settings.timeTarget(of: $0).seconds } == [30, 300, 900])
            #expect(!settings.hasCommittedFile && settings.checks.isEmpty && settings.notices.isEmpty)
        }
    }

    @Test func everyDefaultIsAValueOfItsOwnKey() throws {
        // The text that the docs show and the value that the code uses are written side by side: hold them together.
        for definition in KnownKeys.all where definition.fallback != nil && definition.mayBeCommitted {
            let name = definition.section == "check" ? "[check \"x\"]\nrun = x\n" : "[\(definition.section)]\n"
            let text = "\(name)\t\(definition.key) = \(definition.fallback ?? "")\n"
            _ = try Settings.committedOnly(committed(text))
        }
        let all = try Settings.committedOnly(
            committed(
                "[patch]\nbranchPrefix = patch/\nmaxFileSize = 50m\nkeepOperations = 30d\n[automerge]\nmethod = squash\n"
                    + "delay = 0\napprovals = 0\nbatch = 8\nrollback = false\nexpectNoChecks = false\n[validate]\n"
                    + "prePush = quick\njobs = auto\nbudget = 4m\noverBudget = block\nenforceTargets = false\naudit = 1%\n"
            ))
        #expect(all[PatchKeys.branchPrefix] == PatchKeys.branchPrefix.fallback)
        #expect(all[PatchKeys.maxFileSize] == PatchKeys.maxFileSize.fallback)
        #expect(all[PatchKeys.keepOperations] == PatchKeys.keepOperations.fallback)
        #expect(all[AutomergeKeys.method] == AutomergeKeys.method.fallback)
        #expect(all[AutomergeKeys.delay] == AutomergeKeys.delay.fallback)
        #expect(all[AutomergeKeys.approvals] == AutomergeKeys.approvals.fallback)
        #expect(all[AutomergeKeys.batch] == AutomergeKeys.batch.fallback)
        #expect(all[AutomergeKeys.rollback] == AutomergeKeys.rollback.fallback)
        #expect(all[AutomergeKeys.expectNoChecks] == AutomergeKeys.expectNoChecks.fallback)
        #expect(all[ValidateKeys.prePush] == ValidateKeys.prePush.fallback)
        #expect(all[ValidateKeys.jobs] == ValidateKeys.jobs.fallback)
        #expect(all[ValidateKeys.budget] == ValidateKeys.budget.fallback)
        #expect(all[ValidateKeys.overBudget] == ValidateKeys.overBudget.fallback)
        #expect(all[ValidateKeys.enforceTargets] == ValidateKeys.enforceTargets.fallback)
        #expect(all[ValidateKeys.audit] == ValidateKeys.audit.fallback)
    }

    @Test func listsOfGitsScopesAddUpAndReplaceTheCommittedOnes() async throws {
        try await withRepository { repository in
            let file = committed("[automerge]\n\trequiredCheck = a\n\trequiredCheck = b\n")
            #expect(try await load(repository, file)[AutomergeKeys.requiredCheck] == ["a", "b"])
            try await repository.git("config", "--global", "automerge.requiredCheck", "c")
            try await repository.git("config", "--add", "automerge.requiredCheck", "d")
            #expect(try await load(repository, file)[AutomergeKeys.requiredCheck] == ["c", "d"])
            try await repository.git("config", "--add", "automerge.requiredCheck", "")
            try await repository.git("config", "--add", "automerge.requiredCheck", "e")
            #expect(try await load(repository, file)[AutomergeKeys.requiredCheck] == ["e"])
            let emptied = committed("[automerge]\n\trequiredCheck = a\n\trequiredCheck =\n")
            #expect(try Settings.committedOnly(emptied)[AutomergeKeys.requiredCheck].isEmpty)
        }
    }

    @Test func aBranchWinsOverTheGeneralKey() async throws {
        try await withRepository { repository in
            let file = committed("[validate]\n\tprePush = standard\n[validate \"main\"]\n\tprePush = complete\n")
            var settings = try await load(repository, file)
            #expect(settings[ValidateKeys.prePush] == .standard)
            #expect(settings[ValidateKeys.prePush, "main"] == .complete)
            #expect(settings[ValidateKeys.prePush, "Main"] == .standard, "branches mind their case")
            try await repository.git("config", "validate.prePush", "quick")
            settings = try await load(repository, file)
            #expect(settings[ValidateKeys.prePush, "x"] == .quick)
            #expect(settings[ValidateKeys.prePush, "main"] == .complete, "the special rule still holds")
            try await repository.git("config", "validate.main.prePush", "standard")
            settings = try await load(repository, file)
            #expect(settings[ValidateKeys.prePush, "main"] == .standard)
            settings = try await load(repository.with(environment: environment("validate.prepush", "complete")), file)
            #expect(
                settings[ValidateKeys.prePush, "main"] == .complete, "the environment wins over everything in files")
            try settings.override(ValidateKeys.prePush, with: ["quick"], flag: "--tier")
            #expect(settings[ValidateKeys.prePush, "main"] == .quick && settings[ValidateKeys.prePush] == .quick)
        }
    }

    @Test func anotherCommittedFileReplacesTheFirst() async throws {
        try await withRepository { repository in
            try await repository.git("config", "automerge.batch", "2")
            var settings = try await load(
                repository, committed("[automerge]\nmethod = merge\n[check \"a\"]\nrun = x\n"))
            try settings.override(AutomergeKeys.delay, with: ["9"], flag: "--delay")
            let other = try settings.with(committed: committed("[automerge]\nbatch = 5\napprovals = 2\n"))
            #expect(other[AutomergeKeys.method] == .squash && other.checks.isEmpty)
            #expect(other[AutomergeKeys.approvals] == 2 && other[AutomergeKeys.batch] == 2)
            #expect(other[AutomergeKeys.delay].seconds == 9)
            #expect(try settings.with(committed: nil).hasCommittedFile == false)
            #expect(throws: SettingsError.self) { try settings.with(committed: committed("[x]\n")) }
        }
    }

    @Test func optionsAreHeldToTheSameForms() async throws {
        var settings = try Settings.committedOnly(nil)
        let error = try #require(throws: SettingsError.self) {
            try settings.override(AutomergeKeys.delay, with: ["soon"], flag: "--delay")
        }
        #expect(error.description == "--delay: 'soon' is no value: it takes a duration (90, 30s, 5m, 2h, 1d)")
        #expect(settings[AutomergeKeys.delay] == AutomergeKeys.delay.fallback)
        try settings.override(AutomergeKeys.requiredCheck, with: ["a", "b"], flag: "--require-check")
        #expect(settings[AutomergeKeys.requiredCheck] == ["a", "b"])
    }

    private func environment(_ key: String, _ value: String) -> [String: String] {
        ["GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": key, "GIT_CONFIG_VALUE_0": value]
    }
}

/// A committed file from text.
func committed(_ text: String) -> CommittedFile { CommittedFile(bytes: Array(text.utf8)) }

/// A repository with an empty configuration of ours.
func withRepository(_ body: (TestRepository) async throws -> Void) async throws {
    try await TestRepository.with { try await body($0) }
}

/// The git of a test repository, in a folder of it.
func program(_ repository: TestRepository, in folder: String = "") -> GitProgram {
    GitProgram(
        directory: FilePath(repository.path + "/" + folder),
        environment: .only(repository.environment).withPlainMessages())
}

/// The settings of a test repository.
func load(_ repository: TestRepository, _ file: CommittedFile?) async throws -> Settings {
    try await Settings.load(git: program(repository), committed: file)
}

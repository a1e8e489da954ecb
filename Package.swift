// swift-tools-version: 6.2
import PackageDescription

/// Settings shared by every target: language mode 6 and the four upcoming features of `docs/architecture.md`.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

func module(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["SuiteTestSupport"], resources: resources,
        swiftSettings: strict)
}

#if os(Linux)
    // `CLazyGit2` loads it when it is needed; the headers are where the compiler looks anyway.
    let git2Package: String? = nil
    // libgit2, loaded later, shall find `Git2/NoCertificates.swift` before the function of its own library.
    let git2Linking: [LinkerSetting] = [
        .unsafeFlags(["-Xlinker", "--export-dynamic-symbol=mbedtls_x509_crt_parse_file"])
    ]
#else
    let git2Package: String? = "libgit2"
    let git2Linking: [LinkerSetting] = []
#endif

/// The GraphQL documents for GitHub; each becomes a constant of its module.
let documents = [
    "pull", "look", "poll", "list", "checks", "fork", "open", "edit", "close", "comments", "comment", "editComment",
    "issues",
    "openIssue", "closeIssue", "label", "newLabel", "person", "labels", "reviewers", "reviews", "assignees",
    "arm", "disarm", "enqueue", "dequeue", "merge", "revert",
]

let package = Package(
    name: "git-patch",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0", traits: []),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
    ],
    targets: [
        // C libraries of the system.
        .systemLibrary(name: "CGit2", pkgConfig: git2Package, providers: [.apt(["libgit2-dev"]), .brew(["libgit2"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),

        // C of our own: the hash that names objects, what a child used, what sends files to the disk, and the ways to libgit2
        // and libcurl, which are looked up when they are needed.
        .target(name: "CSHA1"),
        .target(name: "CChildUsage"),
        .target(name: "CWriteBack"),
        .target(name: "CLazyGit2", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),

        // Values and edges.
        module("GitValues", []),
        module("Console", []),
        module("HookInput", ["GitValues"]),
        .target(
            name: "Git2", dependencies: ["CGit2", "CLazyGit2", "CWriteBack", "CZlib", "GitValues"],
            swiftSettings: strict,
            linkerSettings: git2Linking),
        module("GitProcess", ["CChildUsage", "GitValues", subprocess, system]),
        module("Settings", ["GitValues", "GitProcess", system]),
        module("Store", ["CSQLite", "GitValues"]),
        module("HTTP", ["CCurl", "GitValues"]),

        // Domains.
        module("Snapshots", ["CSHA1", "CWriteBack", "CZlib", "GitProcess", "GitValues", system]),
        module("PlainRemote", ["Git2", "GitProcess", "GitValues", "Settings", "Snapshots", "Store", system]),
        module(
            "Patches",
            ["Git2", "GitProcess", "GitValues", "HookInput", "PlainRemote", "Settings", "Snapshots", "Store", system],
            resources: [.embedInCode("Hooks/shim")]),
        module("Environments", ["GitValues", "Store"]),
        module(
            "Validation",
            ["Environments", "GitProcess", "GitValues", "HTTP", "HookInput", "Settings", "Store", system]),
        module("Pipelines", ["CYAML", "GitValues", "Settings", "Store"]),
        module("Reports", ["GitValues", "Pipelines", "Settings", "Store", "Validation"]),
        module(
            "Automerge",
            [
                "Git2", "GitProcess", "GitValues", "HTTP", "PlainRemote", "Settings", "Store", "Validation", system,
            ]),

        // Forges: what they have in common, one adapter each, and the queue on them.
        module("Forge", ["GitProcess", "GitValues", "HTTP", "Settings"]),
        module(
            "ForgeGitHub", ["Forge", "GitValues", "HTTP", "Settings"],
            resources: documents.map { .embedInCode("Documents/\($0).graphql") }),
        module("ForgeGitLab", ["Forge", "GitValues", "HTTP", "Settings"]),
        module("ForgeGitea", ["Forge", "GitValues", "HTTP", "Settings"]),
        module(
            "ForgeQueue",
            [
                "Automerge", "Forge", "ForgeGitHub", "ForgeGitLab", "ForgeGitea", "GitProcess", "GitValues", "HTTP",
                "PlainRemote", "Settings", "Store",
            ]),

        // Commands.
        module("CommandOptions", ["Console", "GitProcess", "GitValues", "Store", argumentParser]),
        module(
            "PatchCommands",
            [
                "CommandOptions", "Console", "GitProcess", "GitValues", "HookInput", "Patches", "PlainRemote",
                "Settings", "Store",
                argumentParser, system,
            ]),
        module(
            "AutomergeCommands",
            [
                "Automerge", "CommandOptions", "Console", "ForgeQueue", "GitProcess", "GitValues", "PlainRemote",
                "Settings", "Store", "Validation", argumentParser, system,
            ]),
        module(
            "PipelineCommands",
            [
                "CommandOptions", "Console", "Environments", "GitProcess", "GitValues", "Pipelines", "Reports",
                "Settings",
                "Store",
                "Validation",
                argumentParser, system,
            ]),
        module(
            "ValidateCommands",
            [
                "CommandOptions", "Console", "GitProcess", "GitValues", "HookInput", "PipelineCommands", "Settings",
                "Store", "Validation", argumentParser, system,
            ]),

        // Executables: one file each.
        executable("git-patch", ["PatchCommands"]),
        executable("git-automerge", ["AutomergeCommands"]),
        executable("git-validate", ["ValidateCommands"]),
        executable("git-patch-hook", ["HookInput"]),

        // Manual pages, at build time only.
        module("Manual", []),
        executable("make-manual", ["Manual"]),

        // Tests.
        .target(
            name: "SuiteTestSupport", dependencies: ["GitValues", subprocess, system], path: "Tests/SuiteTestSupport",
            swiftSettings: strict),
        .target(
            name: "FakeForges", dependencies: ["SuiteTestSupport"], path: "Tests/FakeForges", swiftSettings: strict),
        tests(
            "ForgeTests",
            [
                "FakeForges", "Forge", "GitProcess", "GitValues", "HTTP", "PlainRemote", "Settings", "Store",
                "git-automerge", "git-patch",
            ]),
        tests("GitValuesTests", ["GitValues"]),
        tests("ConsoleTests", ["Console", "git-patch"]),
        tests("HookInputTests", ["git-patch-hook", "HookInput", "GitValues"]),
        tests("ManualTests", ["Manual"]),
        tests("Git2Tests", ["CLazyGit2", "CWriteBack", "Git2", "GitValues"]),
        tests("GitProcessTests", ["GitProcess", "GitValues", system]),
        tests("SettingsTests", ["git-patch", "Settings", "GitProcess", "GitValues", system]),
        tests("StoreTests", ["Store", "GitValues", "store-process"]),
        .executableTarget(
            name: "store-process", dependencies: ["Store", "GitValues"], path: "Tests/StoreProcess",
            swiftSettings: strict),
        tests("HTTPTests", ["HTTP"]),
        tests("SnapshotsTests", ["Snapshots", "GitProcess", "GitValues", system]),
        tests("PlainRemoteTests", ["PlainRemote", "GitProcess", "GitValues", "Settings", "Store", system]),
        tests(
            "PatchesTests",
            [
                "git-automerge", "git-patch", "git-patch-hook", "git-validate", "CommandOptions", "Patches",
                "PatchCommands", "GitProcess", "GitValues", "Settings", "Store", argumentParser, system,
            ]),
        tests(
            "ValidationTests",
            [
                "git-validate", "Console", "Validation", "ValidateCommands", "GitProcess", "GitValues", "Settings",
                "Store", subprocess, system,
            ]),
        tests("EnvironmentsTests", ["git-validate", "Environments", "GitValues"]),
        tests("ReportsTests", ["git-validate", "Reports", "GitValues", "Store", "Validation"]),
        tests("PipelinesTests", ["git-validate", "Pipelines", "GitValues", "Settings", "Store"]),
        tests(
            "AutomergeTests",
            [
                "git-automerge", "Automerge", "AutomergeCommands", "GitProcess", "GitValues", "PlainRemote", "Settings",
                "Store", system,
            ]),
        tests(
            "FaultTests",
            ["git-patch", "git-automerge", "git-validate", "git-patch-hook", "fault-probe", "GitValues"]),
        .executableTarget(name: "fault-probe", path: "Tests/FaultProbe"),
        tests(
            "EndToEndTests", ["git-patch", "git-automerge", "git-validate", "git-patch-hook"],
            resources: [.copy("Scripts")]),
    ]
)

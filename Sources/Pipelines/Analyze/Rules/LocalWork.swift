extension Workflow.Job {
    /// Whether all that it runs is known to build, to test or to look at files of its own machine, and to change nothing
    /// elsewhere.
    var isLocal: Bool {
        let works = steps.filter { $0.run != nil }
        guard calls == nil, !works.isEmpty, steps.allSatisfy({ $0.run != nil || $0.isInert || $0.isArtifact }) else {
            return false
        }
        return works.allSatisfy { LocalWork.covers($0.run ?? "") }
    }
}

extension Workflow.Step {
    /// Whether it only passes files between jobs, which is looked at elsewhere.
    fileprivate var isArtifact: Bool { action == "actions/upload-artifact" || action == "actions/download-artifact" }
}

/// Commands that are known to work on files of their own machine only.
enum LocalWork {
    private static let any: Set<String> = [
        "black", "cat", "cd", "clang-format", "cmake", "ctest", "echo", "eslint", "exit", "flake8", "gofmt",
        "golangci-lint", "grep", "ls", "mkdir", "mypy", "ninja", "pytest", "rubocop", "ruff", "rustfmt", "set",
        "shellcheck", "sleep",
        "sort", "swiftlint", "tee", "true", "tsc", "wc",
    ]
    private static let some: [String: Set<String>] = [
        "cargo": ["bench", "build", "check", "clippy", "doc", "fmt", "nextest", "test"],
        "dotnet": ["build", "format", "restore", "test"],
        "go": ["build", "test", "vet"],
        "make": ["all", "build", "check", "format", "lint", "test", "tests"],
        "npm": ["ci", "install", "test"],
        "pnpm": ["install", "test"],
        "swift": ["build", "format", "test"],
        "yarn": ["install", "test"],
    ]
    private static let scripts: Set<String> = ["build", "check", "format", "lint", "test", "typecheck"]

    /// Whether a script of a shell consists of such commands.
    static func covers(_ script: String) -> Bool {
        if script.contains("$(") || script.contains("`") || script.contains("<(") || script.contains("\\\n") {
            return false
        }
        let commands = script.split { ";&|\n".contains($0) }.map { $0.split(separator: " ").map(String.init) }
        return commands.allSatisfy { words in
            let words = words.drop { $0.first?.isLetter == true && $0.contains("=") }
            guard let name = words.first, !name.hasPrefix("#") else { return true }
            return isKnown(name, Array(words.dropFirst()))
        }
    }

    private static func isKnown(_ name: String, _ arguments: [String]) -> Bool {
        if any.contains(name) { return true }
        guard let known = some[name] else { return false }
        if name == "make" {
            return arguments.allSatisfy { $0.hasPrefix("-j") || $0 == "-k" || known.contains($0) }
        }
        guard let first = arguments.first else { return name == "yarn" }
        if first == "run", arguments.count > 1, known.contains("install") { return scripts.contains(arguments[1]) }
        return known.contains(first)
    }
}

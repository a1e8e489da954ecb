package import GitValues

/// Why a capture is refused: exit 1, nothing changed.
package enum CaptureRefusal: ProblemReport, Equatable {
    /// New files over the size cap.
    case tooLarge([NamedSize], limit: ByteSize)
    /// Files that look like they hold secrets, each with what was seen.
    case secrets([NamedFinding])
    /// Folders of generated files, each with the number of new files in it.
    case generated([NamedCount])
    /// What more than one guard rail found, the most dangerous first.
    indirect case rails([CaptureRefusal])
    /// The index has unmerged entries.
    case unmerged([String])
    /// A merge, rebase or the like is in progress; its name.
    case operationInProgress(OperationInProgress)
    /// Repositories without a commit lie untracked in the tree.
    case nestedRepository([String])
    /// Files kept changing while they were read.
    case changing([String])
    /// Files that cannot be read.
    case unreadable([String])
    /// No file matches; git's own words.
    case noMatch(String)
    /// Git does not understand a pathspec; git's own words.
    case badPathspec(String)
    /// Git refuses to add what is there; git's own words.
    case refusedByGit(String)

    /// A path and its size.
    package struct NamedSize: Hashable, Sendable {
        package let path: String
        package let size: ByteSize
    }

    /// A path and what was found in it, without the secret itself.
    package struct NamedFinding: Hashable, Sendable {
        package let path: String
        package let finding: String
    }

    /// A folder and a number of files.
    package struct NamedCount: Hashable, Sendable {
        package let path: String
        package let count: Int
    }

    /// Puts together what the guard rails found; `nil` when that is nothing.
    static func findings(
        secrets: [NamedFinding] = [], large: [NamedSize] = [], limit: ByteSize, generated: [NamedCount] = []
    ) -> CaptureRefusal? {
        var found: [CaptureRefusal] = []
        if !secrets.isEmpty { found.append(.secrets(secrets.sorted { $0.path < $1.path })) }
        if !large.isEmpty { found.append(.tooLarge(large.sorted { $0.path < $1.path }, limit: limit)) }
        if !generated.isEmpty { found.append(.generated(generated)) }
        return found.count > 1 ? .rails(found) : found.first
    }

    package var exitStatus: Int32 {
        if case .badPathspec = self { 64 } else { 1 }
    }

    package var parts: [any ProblemReport] {
        if case .rails(let found) = self { found } else { [self] }
    }

    package var problemCode: String {
        switch self {
        case .tooLarge: "file-too-large"
        case .secrets: "likely-secret"
        case .generated: "generated-files"
        case .rails(let found): found.first?.problemCode ?? "likely-secret"
        case .unmerged: "unmerged-index"
        case .operationInProgress: "operation-in-progress"
        case .nestedRepository: "nested-repository"
        case .changing: "file-changing"
        case .unreadable: "file-unreadable"
        case .noMatch: "no-match"
        case .badPathspec: "bad-pathspec"
        case .refusedByGit: "refused-by-git"
        }
    }

    package var problemPaths: [String] {
        switch self {
        case .tooLarge(let files, _): files.map(\.path)
        case .secrets(let files): files.map(\.path)
        case .generated(let folders): folders.map(\.path)
        case .rails(let found): found.flatMap(\.problemPaths)
        case .unmerged(let paths), .nestedRepository(let paths), .changing(let paths), .unreadable(let paths): paths
        case .operationInProgress, .noMatch, .badPathspec, .refusedByGit: []
        }
    }

    package var description: String {
        switch self {
        case .tooLarge(let files, let limit):
            "\(counted(files.count, "new file")) over \(limit): "
                + listed(files.map { "'\($0.path)' (\($0.size))" })
        case .secrets(let files):
            "\(counted(files.count, "file")) may hold secrets: "
                // Whoever types --force must have been told of every one.
                + listed(files.map { "'\($0.path)' (\($0.finding))" }, most: .max)
        case .generated(let folders):
            "\(counted(folders.reduce(0) { $0 + $1.count }, "generated file")) would be captured: "
                + listed(folders.map { "'\($0.path)' (\(counted($0.count, "file")))" })
        case .rails(let found): found.map(\.description).joined(separator: "\n")
        case .unmerged(let paths): "the index has conflicts: " + listed(paths.map { "'\($0)'" })
        case .operationInProgress(let operation): "\(operation.phrase) is in progress"
        case .nestedRepository(let paths):
            "\(counted(paths.count, "nested repository", "nested repositories")) without a commit: "
                + listed(paths.map { "'\($0)'" })
        case .changing(let paths): "files change while they are read: " + listed(paths.map { "'\($0)'" })
        case .unreadable(let paths): "cannot read " + listed(paths.map { "'\($0)'" })
        case .badPathspec(let words): "bad pathspec: \(words)"
        case .noMatch(let words), .refusedByGit(let words): words
        }
    }

    package var hints: [String] {
        switch self {
        case .tooLarge:
            ["raise 'git config patch.maxFileSize', ignore the files in .gitignore, or type --force"]
        case .secrets: ["ignore the files in .gitignore, take the secrets out, or type --force"]
        case .generated: ["ignore the folders in .gitignore, or type --force"]
        case .rails(let found): found.flatMap(\.hints)
        case .unmerged: ["resolve the conflicts, then 'git add' the files"]
        case .operationInProgress(let operation): ["type '\(operation.finish)' or '\(operation.abort)' first"]
        case .nestedRepository: ["make a first commit there, or ignore the folder in .gitignore"]
        case .changing: ["stop the program that writes them and try again"]
        case .unreadable: ["change their permissions, or ignore them in .gitignore"]
        case .badPathspec: ["type 'git help glossary' and look for pathspec; paths are relative to this folder"]
        case .noMatch, .refusedByGit: []
        }
    }
}

/// `1 file`, `3 files`.
func counted(_ count: Int, _ word: String, _ plural: String? = nil) -> String {
    "\(count) \(count == 1 ? word : plural ?? word + "s")"
}

/// The first few names, and how many more there are.
private func listed(_ names: [String], most: Int = 5) -> String {
    names.prefix(most).joined(separator: ", ") + (names.count > most ? " and \(names.count - most) more" : "")
}

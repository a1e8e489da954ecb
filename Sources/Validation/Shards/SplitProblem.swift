import GitValues

/// Why names were not divided.
package enum SplitProblem: ProblemReport, Equatable {
    case noNames
    /// The input has bytes that no line has.
    case notLines
    case terminal
    /// What stands in the environment, or after `--shard`.
    case noSuchPart(String)
    case unreadable(String)
    case notJUnit(String)
    /// Another part of the check was given other names or times.
    case otherNames
    /// A file with times is not that of the tree which is checked.
    case notOfTree(String)

    package var problemCode: String {
        switch self {
        case .noNames: "no-names"
        case .notLines: "not-lines"
        case .terminal: "no-input"
        case .noSuchPart: "no-such-part"
        case .unreadable: "unreadable"
        case .notJUnit: "not-junit"
        case .notOfTree: "not-of-tree"
        case .otherNames: "other-names"
        }
    }

    package var exitStatus: Int32 {
        switch self {
        case .noNames, .notLines, .notJUnit, .notOfTree, .otherNames: 1
        case .terminal, .noSuchPart: 64
        case .unreadable: 69
        }
    }

    package var problemPaths: [String] {
        switch self {
        case .unreadable(let path), .notJUnit(let path), .notOfTree(let path): [path]
        default: []
        }
    }

    package var description: String {
        switch self {
        case .noNames: "nothing to split: standard input has no name"
        case .notLines: "cannot split: standard input has a zero byte, and names are lines"
        case .terminal: "nothing to split: names are read from standard input, and that is the terminal"
        case .noSuchPart(let text): "'\(text)' is no part: the first number goes from 1 to the second"
        case .unreadable(let path): "cannot read the times in '\(path)'"
        case .notJUnit(let path): "'\(path)' holds no times: it is no JUnit XML, or not all of it"
        case .otherNames: "another part of this check was given other names, so that one may be in none"
        case .notOfTree(let path): "'\(path)' is not as in the tree that is checked"
        }
    }

    package var hints: [String] {
        switch self {
        case .noNames: ["a part without work would pass: see why the list is empty"]
        case .notLines: ["give one name a line (find -print, not -print0)"]
        case .terminal: ["type for example: git ls-files 'tests/*' | git validate split --shard 1/4"]
        case .noSuchPart: ["a check with 'shards' has GITPATCH_SHARD and GITPATCH_SHARDS; elsewhere give --shard I/N"]
        case .unreadable, .notJUnit: []
        case .otherNames:
            ["take the names from the tree, not from what checks make; then type: git validate --no-cache"]
        case .notOfTree:
            ["commit it: parts that are run again later must split as the others did, or a name is in none"]
        }
    }
}

import GitValues

/// Why hooks cannot be installed or removed.
package enum HooksProblem: ProblemReport, Equatable {
    /// The helper does not lie beside the running program.
    case helperMissing(String)
    /// `core.hooksPath` comes from the command line or the environment, so no file can change it for good.
    case commandLineHooksPath(String)
    /// A file could not be read or written; the system's words.
    case file(String, String)
    /// Another program holds the lock of a configuration file.
    case locked(String)
    /// There is no home folder to install for all repositories in.
    case noHome

    package var problemCode: String {
        switch self {
        case .helperMissing: "hook-helper-missing"
        case .commandLineHooksPath: "hooks-path-on-command-line"
        case .file: "hook-file"
        case .locked: "config-locked"
        case .noHome: "no-home"
        }
    }

    package var exitStatus: Int32 {
        switch self {
        case .locked: 75
        case .commandLineHooksPath: 1
        case .helperMissing, .file, .noHome: 69
        }
    }

    package var description: String {
        switch self {
        case .helperMissing(let path): "cannot install hooks: '\(path)' is missing"
        case .commandLineHooksPath(let value):
            "cannot install hooks: core.hooksPath is '\(value)' on the command line or in the environment"
        case .file(let path, let words): "cannot change '\(path)': \(words)"
        case .locked(let path): "cannot change '\(path)': another program has locked it"
        case .noHome: "cannot install hooks for all repositories: HOME is not set"
        }
    }

    package var hints: [String] {
        switch self {
        case .helperMissing: ["install the suite again with ./install.sh"]
        case .commandLineHooksPath: ["run the command without '-c core.hooksPath=…'"]
        case .locked(let path): ["try again; if no git is running, remove '\(path).lock'"]
        case .file, .noHome: []
        }
    }
}

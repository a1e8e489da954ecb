import GitValues
import Subprocess

/// The environment a child gets: the caller's, with variables removed and set.
package struct ChildEnvironment: Sendable {
    /// Variables that tie a git process to one repository: what `git rev-parse --local-env-vars` prints (git 2.39, 2.51).
    package static let repositoryVariables: Set<String> = [
        "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT",
        "GIT_OBJECT_DIRECTORY", "GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_GRAFT_FILE",
        "GIT_INDEX_FILE", "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE", "GIT_PREFIX", "GIT_SHALLOW_FILE",
        "GIT_COMMON_DIR", "GIT_INTERNAL_SUPER_PREFIX", "GIT_REF_STORAGE_FORMAT", "GIT_DEFAULT_REF_FORMAT",
    ]

    /// Variables that change what every pathspec of a git process means; git(1).
    package static let pathspecVariables: Set<String> = [
        "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS",
    ]

    private var base: [String: String]?
    private var changes: [String: String?] = [:]

    /// The caller's environment as it is.
    package static let inherited = ChildEnvironment(base: nil)

    /// Only the given variables.
    package static func only(_ variables: [String: String]) -> ChildEnvironment { ChildEnvironment(base: variables) }

    private init(base: [String: String]?) { self.base = base }

    /// For git children whose output is parsed: messages in English, no prompts of pagers or editors.
    ///
    /// `LC_ALL` and `LANGUAGE` go, because they would win over `LC_MESSAGES`; the character type stays the user's.
    package func withPlainMessages() -> ChildEnvironment {
        let all = value(of: "LC_ALL") ?? ""
        let plain = setting("LC_MESSAGES", "C").removing("LC_ALL").removing("LANGUAGE")
        return all.isEmpty ? plain : plain.setting("LC_CTYPE", all)
    }

    /// For children that work on another repository: everything that ties git to one repository is removed.
    package func withoutRepository() -> ChildEnvironment {
        var copy = self
        for name in ChildEnvironment.repositoryVariables { copy.changes[name] = .some(nil) }
        return copy
    }

    /// For children whose paths and pathspecs are ours: they mean what they say, whatever the user's shell asks of pathspecs.
    package func withPlainPathspecs() -> ChildEnvironment {
        var copy = self
        for name in ChildEnvironment.pathspecVariables { copy.changes[name] = .some(nil) }
        return copy
    }

    /// Sets a variable.
    package func setting(_ name: String, _ value: String) -> ChildEnvironment {
        var copy = self
        copy.changes[name] = value
        return copy
    }

    /// Removes a variable.
    package func removing(_ name: String) -> ChildEnvironment {
        var copy = self
        copy.changes[name] = .some(nil)
        return copy
    }

    /// The value the child will see; `nil` when it will not be set.
    package func value(of name: String) -> String? {
        if let change = changes[name] { return change }
        return base.map { $0[name] } ?? ProcessEnvironment.value(of: name)
    }

    /// All variables the child will see.
    package var variables: [String: String] {
        let all = base ?? ProcessEnvironment.all
        return all.filter { changes[$0.key] == nil }.merging(changes.compactMapValues { $0 }) { $1 }
    }

    var subprocess: Environment {
        if let base {
            let variables = base.filter { changes[$0.key] == nil }.merging(changes.compactMapValues { $0 }) { $1 }
            return .custom(variables.map { Array("\($0.key)=\($0.value)".utf8) + [0] })
        }
        var overrides: [Environment.Key: String?] = [:]
        for (name, value) in changes {
            if let key = Environment.Key(rawValue: name) { overrides[key] = .some(value) }
        }
        return Environment.inherit.updating(overrides)
    }
}

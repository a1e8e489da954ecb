/// Where a value was set.
package struct SettingOrigin: Hashable, Sendable, CustomStringConvertible {
    /// The layer, from the one that loses to the one that wins.
    package enum Scope: String, Sendable, CaseIterable, Comparable {
        /// Built in.
        case fallback = "default"
        /// The committed file `.gitpatch`.
        case committed
        case system
        case global
        case local
        case worktree
        /// `git -c` and the `GIT_CONFIG_…` variables: the environment.
        case command
        /// An option of the command that runs.
        case flag

        package static func < (left: Scope, right: Scope) -> Bool { left.order < right.order }

        private var order: Int { Scope.allCases.firstIndex(of: self) ?? 0 }
    }

    package let scope: Scope
    /// The file or option, as people know it: `.gitpatch`, `/home/u/.gitconfig`, `--delay`, `command line`.
    package let source: String
    /// The line in the file, from 1, where it is known.
    package let line: Int?

    /// Creates an origin.
    package init(scope: Scope, source: String, line: Int? = nil) {
        self.scope = scope
        self.source = source
        self.line = line
    }

    /// `.gitpatch:3`, `/home/u/.gitconfig:7 (global)`, `--delay`.
    package var description: String {
        let place = source + (line.map { ":\($0)" } ?? "")
        switch scope {
        case .committed, .flag, .fallback: return place
        case .system, .global, .local, .worktree, .command: return "\(place) (\(scope.rawValue))"
        }
    }
}

/// One value of a key as it was written, with its place.
package struct SettingEntry: Hashable, Sendable {
    /// The text; a bare key, which means true, is `true`.
    package let value: String
    /// Where it stands.
    package let origin: SettingOrigin

    /// Creates an entry.
    package init(value: String, origin: SettingOrigin) {
        self.value = value
        self.origin = origin
    }
}

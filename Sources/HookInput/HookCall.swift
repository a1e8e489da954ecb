/// The events of git that the suite listens to.
package enum HookEvent: String, Sendable, CaseIterable {
    case prePush = "pre-push"
    case postCommit = "post-commit"
    case postMerge = "post-merge"
    case postCheckout = "post-checkout"
}

/// How a hook was called: `git-patch-hook [--then HOOK | --then-repository] [--watch FOLDER] EVENT ARGUMENTS…`.
package struct HookCall: Hashable, Sendable {
    /// The hook that was there before ours, run with the same arguments and input; it need not exist.
    package enum Next: Hashable, Sendable {
        /// The program at a path.
        case program(String)
        /// The repository's own, in `<common dir>/hooks`: ours stand for those of every repository.
        case ofRepository
    }

    /// The name git gives the event.
    package let name: String
    /// What git gave the hook.
    package let arguments: [String]
    package let next: Next?
    /// The folder whose hooks ours stand for, when `core.hooksPath` was changed: it is looked at for new ones.
    package let watched: String?

    /// Creates a call from its parts.
    package init(_ name: String, arguments: [String] = [], next: Next? = nil, watched: String? = nil) {
        self.name = name
        self.arguments = arguments
        self.next = next
        self.watched = watched
    }

    /// What a kept hook's name ends in.
    package static let keptSuffix = ".before-git-patch"

    /// The call of a hook that is a link to the program; `nil` when the program was started by another name.
    ///
    /// Managers that move a hook aside give it the ending `.legacy`, and run it.
    init?(startedAs program: String, _ line: [String]) {
        var path = program
        if path.hasSuffix(".legacy") { path.removeLast(".legacy".count) }
        let name = path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
        guard HookEvent(rawValue: name) != nil else { return nil }
        self.init(name, arguments: Array(line.dropFirst()), next: .program(path + HookCall.keptSuffix))
    }

    /// Parses the arguments of the program; `nil` when they name no event of ours and no hook to pass on to.
    package init?(_ arguments: [String]) {
        var rest = arguments[...]
        var next: Next?
        var watched: String?
        loop: while let option = rest.first {
            switch option {
            case "--then-repository": next = .ofRepository
            case "--then" where rest.count > 1:
                rest = rest.dropFirst()
                next = rest.first.map { .program($0) }
            case "--watch" where rest.count > 1:
                rest = rest.dropFirst()
                watched = rest.first
            default: break loop
            }
            rest = rest.dropFirst()
        }
        guard let name = rest.first, next != nil || HookEvent(rawValue: name) != nil else { return nil }
        self.init(name, arguments: Array(rest.dropFirst()), next: next, watched: watched)
    }

    /// The event, when it is one that the suite listens to; others are only passed on.
    package var event: HookEvent? { HookEvent(rawValue: name) }
}

import CommandOptions
import Patches
import PlainRemote

extension Creation {
    /// Reads the command line of a plain `git patch "<description>"` without the parser, which takes longer than making
    /// a small patch; `nil` for every line that holds more than the usual options, or anything wrong.
    init?(plain arguments: [String]) {
        self.init(request: CreateRequest(description: nil))
        var rest = arguments[...]
        if rest.first == "create" { rest.removeFirst() }
        var seen: [String] = []
        while let word = rest.popFirst() {
            guard word.hasPrefix("-") else {
                guard request.description == nil, !word.isEmpty else { return nil }
                request.description = word
                continue
            }
            let name = Creation.longName(word)
            guard !seen.contains(name) else { return nil }
            seen.append(name)
            if take(flag: name) { continue }
            guard let value = rest.popFirst(), !value.hasPrefix("-"), take(option: name, value) else { return nil }
        }
        // What the parser would refuse, it shall refuse itself.
        for (one, other) in Creation.exclusive where seen.contains(one) && seen.contains(other) { return nil }
        guard let description = request.description, !description.allSatisfy(\.isWhitespace) else { return nil }
        request.queue.forge = ForgeWishes(body: request.body)
    }

    private static func longName(_ word: String) -> String {
        switch word {
        case "-q": "--quiet"
        case "-v": "--verbose"
        case "-m": "--message"
        default: word
        }
    }

    private static let exclusive = [
        ("--stay", "--return"), ("--stack", "--base"), ("--staged", "--no-untracked"), ("--quiet", "--verbose"),
        ("--local", "--auto-merge"), ("--local", "--wait"),
    ]

    private mutating func take(flag word: String) -> Bool {
        switch word {
        case "--edit": request.edit = true
        case "--stack": request.stack = true
        case "--stay": request.mode = .stay
        case "--return": request.mode = .leave
        case "--staged": request.scope = .staged
        case "--no-untracked": request.scope = .trackedOnly
        case "--no-verify": request.verify = false
        case "--force": request.force = true
        case "--auto-merge": request.queue.autoMerge = true
        case "--draft": request.queue.draft = true
        case "--local": request.local = true
        case "--dry-run": request.dryRun = true
        case "--wait": waits = true
        case "--json": output.json = true
        case "--quiet": output.quiet = true
        case "--verbose": output.verbose = true
        default: return false
        }
        return true
    }

    private mutating func take(option word: String, _ value: String) -> Bool {
        switch word {
        case "--message" where request.description == nil: request.description = value
        case "--body": request.body = value
        case "--base": request.base = value
        case "--target": request.target = value
        case "--branch" where value != "@": request.branch = value
        default: return false
        }
        return true
    }
}

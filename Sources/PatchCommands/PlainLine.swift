import ArgumentParser
import CommandOptions

extension CreateCommand {
    /// Reads the command line of a plain `git patch "<description>"` without the parser, which takes longer than making
    /// a small patch; `nil` for every line that holds more than the usual options, or anything wrong.
    ///
    /// Every property gets its default here, because the parser would have done it.
    init?(plain arguments: [String]) {
        self.init()
        setDefaults()
        var rest = arguments[...]
        if rest.first == "create" { rest.removeFirst() }
        var seen: Set<String> = []
        while let word = rest.popFirst() {
            guard word.hasPrefix("-") else {
                guard description == nil, !word.isEmpty else { return nil }
                description = word
                continue
            }
            guard seen.insert(word).inserted else { return nil }
            if take(flag: word) { continue }
            guard let value = rest.popFirst(), !value.hasPrefix("-"), take(option: word, value) else { return nil }
        }
        guard description != nil || text.message != nil else { return nil }
        // What the parser would refuse, it shall refuse itself.
        do {
            try text.validate()
            try place.validate()
            try capture.validate()
            try landing.validate()
            try delivery.validate()
            try forge.validate()
            try output.validate()
            try validate()
        } catch {
            return nil
        }
    }

    private mutating func take(flag word: String) -> Bool {
        switch word {
        case "--edit": text.edit = true
        case "--stack": place.stack = true
        case "--stay": place.stay = true
        case "--return": place.leave = true
        case "--staged": capture.staged = true
        case "--no-untracked": capture.noUntracked = true
        case "--no-verify": capture.noVerify = true
        case "--force": capture.force = true
        case "--auto-merge": landing.autoMerge = true
        case "--draft": landing.draft = true
        case "--local": delivery.local = true
        case "--dry-run": delivery.dryRun = true
        case "--wait": delivery.wait = true
        case "--json": output.json = true
        case "--quiet", "-q": output.quiet = true
        case "--verbose", "-v": output.verbose = true
        default: return false
        }
        return true
    }

    private mutating func take(option word: String, _ value: String) -> Bool {
        switch word {
        case "--message" where text.message == nil, "-m" where text.message == nil: text.message = value
        case "--body": text.body = value
        case "--base": place.base = value
        case "--target": place.target = value
        case "--branch": place.branch = value
        default: return false
        }
        return true
    }

    private mutating func setDefaults() {
        description = nil
        text = TextOptions()
        text.message = nil
        text.body = nil
        text.bodyFile = nil
        text.edit = false
        place = PlaceOptions()
        place.base = nil
        place.target = nil
        place.branch = nil
        place.stack = false
        place.stay = false
        place.leave = false
        capture = ScopeOptions()
        capture.staged = false
        capture.noUntracked = false
        capture.pathspec = []
        capture.noVerify = false
        capture.force = false
        capture.sign = nil
        gates = GateOptions()
        gates.run = nil
        gates.test = []
        landing = LandingOptions()
        landing.autoMerge = false
        landing.method = nil
        landing.delay = nil
        landing.requireCheck = []
        landing.approvals = nil
        landing.priority = nil
        landing.draft = false
        delivery = DeliveryOptions()
        delivery.local = false
        delivery.dryRun = false
        delivery.wait = false
        forge = ForgeOptions()
        forge.to = nil
        forge.issue = false
        forge.closes = nil
        forge.label = []
        forge.reviewer = []
        forge.assignee = []
        output = OutputOptions()
        output.json = false
        output.quiet = false
        output.verbose = false
    }
}

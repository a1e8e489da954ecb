import CommandOptions

extension RunCommand {
    /// Reads the command line of a usual `git automerge run` without the parser, which takes a good part of the time that
    /// a pass has nothing to do in; `nil` for every line that holds anything else.
    ///
    /// Every property gets its value here, because the parser would have done it.
    init?(plain arguments: [String]) {
        guard arguments.first == "run" else { return nil }
        self.init()
        once = false
        watch = false
        jobs = nil
        targets = []
        remote = RemoteOption(named: nil)
        output = OutputOptions()
        output.json = false
        output.quiet = false
        output.verbose = false
        var seen: Set<String> = []
        for word in arguments.dropFirst() {
            guard seen.insert(word).inserted else { return nil }
            switch word {
            case "--once" where !seen.contains("--watch"): once = true
            case "--watch" where !seen.contains("--once"): watch = true
            case "--json": output.json = true
            case "--quiet" where !output.verbose && !output.quiet: output.quiet = true
            case "-q" where !output.verbose && !output.quiet: output.quiet = true
            case "--verbose" where !output.quiet && !output.verbose: output.verbose = true
            case "-v" where !output.quiet && !output.verbose: output.verbose = true
            default: return nil
            }
        }
    }
}

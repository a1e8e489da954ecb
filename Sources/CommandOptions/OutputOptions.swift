import ArgumentParser
package import Console

/// How a command was asked to speak.
package protocol OutputChoice {
    /// Whether it prints one JSON object instead of text.
    var json: Bool { get }
    /// Whether it prints errors, warnings and the result only.
    var quiet: Bool { get }
    /// Whether it prints what is done and why.
    var verbose: Bool { get }
}

extension OutputChoice {
    /// The console that was asked for.
    package var console: Console { Console(verbosity: quiet ? .quiet : verbose ? .verbose : .normal) }
}

/// A choice that was made without the parser.
package struct PlainOutput: OutputChoice, Equatable {
    package var json = false
    package var quiet = false
    package var verbose = false

    package init() {}

    /// The same choice, made by anybody.
    package init(_ choice: some OutputChoice) {
        json = choice.json
        quiet = choice.quiet
        verbose = choice.verbose
    }
}

/// The options every command shares.
package struct OutputOptions: ParsableArguments, OutputChoice {
    @Flag(name: .long, help: "Print one JSON object instead of text, also on failure.")
    package var json = false

    @Flag(name: [.short, .long], help: "Print errors, warnings and the result only.")
    package var quiet = false

    @Flag(name: [.short, .long], help: "Print what is done and why.")
    package var verbose = false

    package init() {}

    package func validate() throws {
        if quiet && verbose { throw ValidationError("--quiet and --verbose exclude each other") }
    }
}

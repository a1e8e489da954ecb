import ArgumentParser
package import Console

/// The options every command shares.
package struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print one JSON object instead of text, also on failure.")
    package var json = false

    @Flag(name: [.short, .long], help: "Print errors and the result only.")
    package var quiet = false

    @Flag(name: [.short, .long], help: "Print what is done and why.")
    package var verbose = false

    package init() {}

    package func validate() throws {
        if quiet && verbose { throw ValidationError("--quiet and --verbose exclude each other") }
    }

    /// The console these options ask for.
    package var console: Console { Console(verbosity: quiet ? .quiet : verbose ? .verbose : .normal) }
}

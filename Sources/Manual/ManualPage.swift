/// The part of a manual page that follows from the command line itself: synopsis, commands and options.
///
/// The rest of a page is written by hand in `docs/man/TOOL.man`; the lines `@synopsis@`, `@commands@` and
/// `@exit-status@` of that text are replaced here.
package struct ManualPage: Sendable {
    private let root: CommandDescription
    /// Options that every command has, told once at the end.
    private let common: [ArgumentDescription]

    /// Creates the page of a tool whose help was dumped.
    package init(_ tool: ToolDescription) {
        root = tool.command
        let leaves = ManualPage.leaves(of: tool.command)
        let shared = leaves.dropFirst().reduce(Set(leaves.first?.displayedArguments ?? [])) {
            $0.intersection($1.displayedArguments)
        }
        common = leaves.count < 2 ? [] : (leaves.first?.displayedArguments ?? []).filter(shared.contains)
    }

    /// Fills the hand-written text of a page.
    package func fill(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            switch line {
            case "@synopsis@": synopsis
            case "@commands@": commands
            case "@exit-status@": ManualPage.exitStatus
            default: String(line)
            }
        }.joined(separator: "\n")
    }

    /// One line per command.
    var synopsis: String {
        ManualPage.leaves(of: root).map { usage(of: $0) }.joined(separator: "\n.br\n")
    }

    /// A subsection per command, then the options all of them share.
    var commands: String {
        var parts = ManualPage.leaves(of: root).map(section)
        if !common.isEmpty {
            parts.append((["\n.SS \"Options of every command\""] + common.map(item)).joined(separator: "\n"))
        }
        return parts.joined(separator: "\n")
    }

    /// The commands a person can run: those without subcommands, the default one first.
    private static func leaves(of command: CommandDescription) -> [CommandDescription] {
        let subcommands = command.displayedSubcommands
        guard !subcommands.isEmpty else { return [command] }
        let first = subcommands.filter { $0.commandName == command.defaultSubcommand }
        return (first + subcommands.filter { $0.commandName != command.defaultSubcommand }).flatMap(leaves)
    }

    /// `git patch undo [<operation>]`: the words a person types. The default subcommand's name may be left out.
    private func usage(of command: CommandDescription) -> String {
        var words = [Roff.bold(title(of: command))]
        let own = command.displayedArguments.filter { !common.contains($0) }
        if own.contains(where: { $0.kind != .positional }) { words.append("[" + Roff.placeholder("options") + "]") }
        for argument in own where argument.kind == .positional {
            let dashes = argument.parsingStrategy == "postTerminator" ? Roff.escape("-- ") : ""
            let value =
                dashes + Roff.placeholder("<\(argument.valueName ?? "value")>") + (argument.isRepeating ? "\\&..." : "")
            words.append(argument.isOptional ? "[\(value)]" : value)
        }
        return words.joined(separator: " ")
    }

    /// `git patch hooks install`: the path of a command, as git's users write it.
    private func title(of command: CommandDescription) -> String {
        var names = (command.superCommands ?? []) + [command.commandName]
        if names.count == 2 && command.commandName == root.defaultSubcommand { names.removeLast() }
        return names.joined(separator: " ").replacing("git-", with: "git ", maxReplacements: 1)
    }

    private func section(of command: CommandDescription) -> String {
        var lines = [".SS \"\(Roff.escape(title(of: command)))\"", usage(of: command)]
        if let abstract = command.abstract { lines += [".PP", Roff.paragraphs(abstract)] }
        if let discussion = command.discussion { lines += [".PP", Roff.paragraphs(discussion)] }
        lines += command.displayedArguments.filter { !common.contains($0) }.map(item)
        return lines.joined(separator: "\n")
    }

    private func item(_ argument: ArgumentDescription) -> String {
        var tag: String
        switch argument.kind {
        case .positional: tag = Roff.placeholder("<\(argument.valueName ?? "value")>")
        case .option, .flag: tag = argument.orderedNames.map { Roff.bold($0.text) }.joined(separator: ", ")
        }
        if argument.kind == .option { tag += " " + Roff.placeholder("<\(argument.valueName ?? "value")>") }
        if argument.isRepeating { tag += " \\&..." }
        var text = argument.abstract ?? ""
        if let values = argument.allValues, argument.kind == .option, !values.allSatisfy(text.contains) {
            text += (text.isEmpty ? "" : " ") + "One of: " + values.joined(separator: ", ") + "."
        }
        if let value = argument.defaultValue, argument.kind != .flag { text += " Default: \(value)." }
        if let discussion = argument.discussion { text += "\n\n" + discussion }
        return ".TP\n\(tag)\n\(Roff.paragraphs(text))"
    }

    /// The exit codes of all tools; they are a promise to scripts.
    private static let exitStatus = [
        ("0", "Done; also: safely queued, not yet delivered."),
        ("1", "A real no: a check failed, a conflict, a refusal, nothing to do."),
        ("64", "The command line is wrong."),
        (
            "69",
            "Something needed is missing or unreachable: no repository, a git folder that cannot be written, a program."
        ),
        ("70", "An error of the program itself."),
        ("75", "Try again: a lock is held, a rate limit is reached."),
        ("78", "The configuration is wrong."),
        ("128+n", "Ended by signal n."),
    ].map { ".TP\n\(Roff.bold($0.0))\n\(Roff.escape($0.1))" }.joined(separator: "\n")
}

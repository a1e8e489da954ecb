import ArgumentParser
import GitValues
import Patches
import PlainRemote

/// `-m`, as git takes it: joined to its value or not, and once for every paragraph.
struct MessageOption: ParsableArguments {
    @Option(
        name: [.customShort("m", allowingJoined: true), .customLong("message")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("The text, also one that begins with a dash; repeatable.", valueName: "text"))
    var texts: [String] = []

    /// The paragraphs as one text; `nil` without any.
    var text: String? { texts.isEmpty ? nil : texts.joined(separator: "\n\n") }

    func validate() throws {
        if texts.contains("--") { throw ValidationError("--message takes a text") }
    }
}

/// Where the text of the patch comes from.
struct TextOptions: ParsableArguments {
    @OptionGroup var messages: MessageOption

    @Option(
        name: .customLong("body"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("More text for the commit and the patch; repeatable, one paragraph each.", valueName: "body")
    )
    var bodies: [String] = []

    @Option(
        parsing: .unconditional, help: ArgumentHelp("A file with more text; - reads standard input.", valueName: "file")
    )
    var bodyFile: String?

    @Flag(help: "Open the editor on the text.")
    var edit = false

    /// The description that was given by an option.
    var message: String? { messages.text }
    private var body: String? { bodies.isEmpty ? nil : bodies.joined(separator: "\n\n") }

    func validate() throws {
        if body != nil && bodyFile != nil { throw ValidationError("--body and --body-file exclude each other") }
    }

    /// The body that was asked for.
    func bodyText() throws -> String? {
        guard let bodyFile else { return body }
        do { return try TextFile.read(bodyFile) } catch { throw ValidationError(error.description) }
    }
}

/// Where the patch starts, where it lands, and what it leaves behind.
struct PlaceOptions: ParsableArguments {
    @Option(
        parsing: .unconditional, help: ArgumentHelp("Where the patch starts; HEAD without it.", valueName: "revision"))
    var base: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("The branch it should land on.", valueName: "branch"))
    var target: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The name of the new branch; made from the description without it.", valueName: "name"))
    var branch: String?

    @Flag(help: "Insist on building on the open patch whose branch HEAD is on.")
    var stack = false

    @Flag(help: "Leave HEAD, index and files exactly as they are.")
    var stay = false

    @Flag(name: .customLong("return"), help: "Stay on the start branch; the captured change leaves the working tree.")
    var leave = false

    func validate() throws {
        // To git it is a name, and another word for HEAD wherever a branch is typed.
        if branch == "@" { throw ValidationError("'@' is not a valid branch name") }
        if stay && leave { throw ValidationError("--stay and --return exclude each other") }
        if stack && base != nil { throw ValidationError("--stack and --base exclude each other") }
    }

    /// The mode that was asked for.
    var mode: CreateRequest.Mode { stay ? .stay : leave ? .leave : .switchOver }
}

/// What is captured, and how its commit is made.
struct ScopeOptions: ParsableArguments {
    @Flag(help: "Capture what is staged and nothing else.")
    var staged = false

    @Flag(help: "Leave untracked files out.")
    var noUntracked = false

    @Argument(parsing: .postTerminator, help: "Capture these paths only.")
    var pathspec: [String] = []

    @Flag(help: "Skip the hooks that may refuse, as git does.")
    var noVerify = false

    @Flag(help: "Go past the guard rails for size, secrets and generated files.")
    var force = false

    @Flag(exclusivity: .chooseLast, help: "Sign the commit, or do not, whatever is configured.")
    var sign: SignChoice?

    func validate() throws {
        let chosen = [staged, noUntracked, !pathspec.isEmpty].filter { $0 }.count
        if chosen > 1 { throw ValidationError("--staged, --no-untracked and paths exclude each other") }
    }

    /// The scope that was asked for.
    var scope: CaptureScope {
        if staged { return .staged }
        if noUntracked { return .trackedOnly }
        return pathspec.isEmpty ? .everything : .pathspecs(pathspec)
    }

    /// Whether the commit is signed.
    var signing: CreateRequest.Signing {
        switch sign {
        case .sign: .always
        case .noSign: .never
        case nil: .asConfigured
        }
    }
}

/// Commands that run before there is a patch.
struct GateOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Run a command first and capture what it changes.", valueName: "command"))
    var run: String?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A command that must succeed in a checkout of the patch; repeatable.", valueName: "command"))
    var test: [String] = []

    func validate() throws {
        if run?.allSatisfy(\.isWhitespace) == true { throw ValidationError("--run takes a command") }
        if test.contains(where: { $0.allSatisfy(\.isWhitespace) }) { throw ValidationError("--test takes a command") }
    }
}

/// `--sign` and `--no-sign`.
enum SignChoice: String, EnumerableFlag {
    case sign
    case noSign
}

/// What reaches the remote.
struct DeliveryOptions: ParsableArguments {
    @Flag(help: "Push nothing and queue nothing.")
    var local = false

    @Flag(help: "Show what would be done and touch nothing.")
    var dryRun = false

    @Flag(help: "Wait until the remote has everything.")
    var wait = false

    func validate() throws {
        if local && wait { throw ValidationError("--local and --wait exclude each other") }
    }
}

/// What only a forge can do; on a plain remote each of them is refused, not ignored.
struct ForgeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Open the patch on another remote's repository.", valueName: "remote"))
    var to: String?

    @Flag(help: "Open an issue with the patch.")
    var issue = false

    @Option(parsing: .unconditional, help: ArgumentHelp("The issue the patch closes.", valueName: "number"))
    var closes: Int?

    @Option(parsing: .singleValue, help: ArgumentHelp("A label; repeatable.", valueName: "name"))
    var label: [String] = []

    @Option(parsing: .singleValue, help: ArgumentHelp("Who should review it; repeatable.", valueName: "name"))
    var reviewer: [String] = []

    @Option(parsing: .singleValue, help: ArgumentHelp("Who it is assigned to; repeatable.", valueName: "name"))
    var assignee: [String] = []

    func validate() throws {
        if issue && closes != nil { throw ValidationError("--issue and --closes exclude each other") }
        if let closes, closes < 1 { throw ValidationError("--closes takes the number of an issue") }
    }

    /// What was asked for, with the text of the patch.
    func wishes(body: String?) -> ForgeWishes {
        ForgeWishes(
            body: body, labels: label, reviewers: reviewer, assignees: assignee, closes: closes, opensIssue: issue,
            to: to)
    }
}

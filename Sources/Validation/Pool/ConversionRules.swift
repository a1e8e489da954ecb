import GitProcess
import GitValues
import Settings

/// What besides the tree decides how git writes a file: settings, and attributes that are not in the tree.
struct ConversionRules: Sendable {
    private let settings: Settings
    /// The lines of attribute files outside the tree that bear on conversion, file by file.
    private let attributes: [String]

    /// Reads the attribute files as they are now.
    init(_ settings: Settings, _ location: RepositoryLocation) {
        self.settings = settings
        attributes = ConversionRules.attributeFiles(settings, location).map { path in
            (Files.text(path) ?? "").split(separator: "\n").filter(ConversionRules.bearsOnContent)
                .joined(separator: "\n")
        }
    }

    /// gitattributes(5): the files beside those of the tree, whether they are there or not. Where the one of the system
    /// lies is compiled into git, so the usual places are all named.
    static func attributeFiles(_ settings: Settings, _ location: RepositoryLocation) -> [String] {
        let home = ProcessEnvironment.value(of: "HOME") ?? ""
        var user = settings.string("core.attributesFile")
        if let named = user, named.hasPrefix("~/") { user = home + named.dropFirst() }
        if user == nil {
            let folder = ProcessEnvironment.value(of: "XDG_CONFIG_HOME").flatMap { $0.isEmpty ? nil : $0 }
            user = (folder ?? home + "/.config") + "/git/attributes"
        }
        return [
            location.commonDirectory + "/info/attributes", user ?? "", "/etc/gitattributes",
            "/usr/local/etc/gitattributes", "/opt/homebrew/etc/gitattributes",
        ].filter { $0.hasPrefix("/") }
    }

    /// A digest of everything that may matter for any tree; a worktree that was made under other rules is written again.
    var digest: String {
        let keys = ["core.autocrlf", "core.eol", "core.symlinks", "core.filemode", "core.ignorecase"]
        let more = ["core.precomposeunicode", "core.checkroundtripencoding"]
        var lines = (keys + more).map { "\($0)=\(settings.string($0) ?? "")" }
        for filter in settings.subsections(of: "filter").sorted() { lines.append("\(filter) \(text(of: filter))") }
        return SHA256.hex(Array((lines + attributes).joined(separator: "\n").utf8))
    }

    /// What is in effect for one tree, in words; `none` when files are written as they are committed. Settings that say
    /// what git does anyway, and filters that the tree does not use, make no difference.
    func effective(on tree: ObjectID, _ git: GitProgram) async throws -> String {
        var words: [String] = []
        if settings.boolean("core.autocrlf") == true {
            words.append("autocrlf")
        } else if settings.string("core.autocrlf")?.lowercased() != "input",
            settings.string("core.eol")?.lowercased() == "crlf"
        {
            words.append("eol crlf")
        }
        if settings.boolean("core.symlinks") == false { words.append("no symbolic links") }
        let filters = settings.subsections(of: "filter").sorted()
        if !filters.isEmpty {
            let used = try await usedFilters(tree, git)
            for filter in filters where used?.contains(filter) ?? true {
                words.append("filter \(filter) \(SHA256.hex(Array(text(of: filter).utf8)))")
            }
        }
        let text = attributes.filter { !$0.isEmpty }.joined(separator: "\n")
        if !text.isEmpty { words.append("attributes \(SHA256.hex(Array(text.utf8)))") }
        return words.isEmpty ? "none" : words.joined(separator: ", ")
    }

    /// The filters that attributes of the tree or beside it name; `nil` when that cannot be told.
    private func usedFilters(_ tree: ObjectID, _ git: GitProgram) async throws -> Set<String>? {
        let result = try await git.readOnly.plainPathspecs.run([
            "grep", "--no-recurse-submodules", "--no-color", "--no-line-number", "--no-column", "-h", "-a", "-F", "-e",
            "filter=", tree.hex, "--",
            ":(top,glob)**/.gitattributes",
        ])
        guard result.succeeded || result.output.isEmpty && result.errorOutput.isEmpty else { return nil }
        let lines = String(decoding: result.output, as: UTF8.self) + "\n" + attributes.joined(separator: "\n")
        let words = lines.split(whereSeparator: \.isWhitespace)
        return Set(words.filter { $0.hasPrefix("filter=") }.map { String($0.dropFirst("filter=".count)) })
    }

    /// What a filter does when files are written.
    private func text(of filter: String) -> String {
        ["smudge", "process", "required"].map { "\($0)=\(settings.string("filter.\(filter).\($0)") ?? "")" }
            .joined(separator: "\n")
    }

    private static func bearsOnContent(_ line: Substring) -> Bool {
        !line.hasPrefix("#")
            && ["text", "eol", "crlf", "filter", "ident", "encoding", "binary", "[attr]"].contains { line.contains($0) }
    }
}

import GitValues

/// What a committed file says, every mistake in it collected.
struct CommittedLayer {
    private(set) var values: [String: [SettingEntry]] = [:]
    private(set) var checks: [CheckDefinition] = []
    private(set) var problems: [SettingsProblem] = []
    /// Keys this version does not act on yet.
    private(set) var notices: [SettingsProblem] = []

    /// Reads the file; includes are never followed.
    init(_ file: CommittedFile) {
        let text: ConfigText
        do {
            text = try ConfigText.parse(file.bytes)
        } catch {
            problems = [
                SettingsProblem(
                    code: .syntax, origin: SettingOrigin(scope: .committed, source: file.origin, line: error.line),
                    message: error.reason)
            ]
            return
        }
        let reader = CommittedReader(file: file)
        var refused: Set<Int> = []
        for header in text.headers {
            guard let problem = reader.problem(of: header) else { continue }
            problems.append(problem)
            refused.insert(header.line)
        }
        // Keys below a refused header are not told about one by one.
        var above = text.headers[...]
        var isRefused = false
        for entry in text.entries {
            while let header = above.first, header.line <= entry.line {
                isRefused = refused.contains(header.line)
                above.removeFirst()
            }
            if isRefused { continue }
            if let problem = reader.problem(of: entry) {
                problems.append(problem)
            } else {
                values[entry.name, default: []].append(reader.entry(entry))
            }
        }
        let definitions = CheckDefinition.all(in: text, values: values, origin: file.origin)
        checks = definitions.checks
        problems = (problems + definitions.problems).sorted { ($0.origin.line ?? 0) < ($1.origin.line ?? 0) }
    }
}

/// Judges single lines of a committed file.
private struct CommittedReader {
    let file: CommittedFile

    func entry(_ entry: ConfigEntry) -> SettingEntry {
        SettingEntry(value: entry.value ?? "true", origin: origin(entry.line))
    }

    func problem(of header: ConfigText.Header) -> SettingsProblem? {
        let section = header.section
        let shown = header.subsection.map { "[\(section) \"\($0)\"]" } ?? "[\(section)]"
        guard let shapes = KnownKeys.bySection[section]?.map(\.subsection) else {
            let isGits = ["credential", "http", "url", "include", "includeif", "core", "alias"].contains(section)
            return SettingsProblem(
                code: .unknownSection, origin: origin(header.line), key: section,
                message: isGits
                    ? "section \(shown) is git's own; a committed file cannot set it"
                    : "section \(shown) is not known",
                hints: KnownKeys.suggestion(forSection: section).map { ["did you mean [\($0)]?"] } ?? [])
        }
        if let subsection = header.subsection {
            let isBlank = subsection.allSatisfy { $0 == " " }
            if shapes.allSatisfy({ $0 == .none }) || isBlank {
                return SettingsProblem(
                    code: .unknownSection, origin: origin(header.line), key: section,
                    message: "section \(shown) is not used", hints: isBlank ? [] : ["write [\(section)] without a name"]
                )
            }
        } else if case .required(let word)? = shapes.first,
            shapes.allSatisfy({ if case .required = $0 { true } else { false } })
        {
            return SettingsProblem(
                code: .unknownSection, origin: origin(header.line), key: section,
                message: "section \(shown) needs a name", hints: ["write [\(section) \"\(word)\"]"])
        }
        return nil
    }

    func problem(of entry: ConfigEntry) -> SettingsProblem? {
        guard let definition = KnownKeys.definition(of: entry.name) else {
            let hint = KnownKeys.suggestion(for: entry.section, entry.subsection, entry.key)
            return SettingsProblem(
                code: .unknownKey, origin: origin(entry.line), key: entry.name,
                message: "key '\(entry.name)' is not known",
                hints: [hint.map { "did you mean '\($0)'?" } ?? SettingExplanation.list])
        }
        let name = definition.fullName(entry.subsection)
        if case .gitConfig(let reason) = definition.places {
            return SettingsProblem(
                code: .forbiddenKey, origin: origin(entry.line), key: name,
                message: "a committed file cannot set '\(name)': \(reason)",
                hints: ["remove the line; set it with: git config \(name) VALUE"])
        }
        let value = entry.value ?? "true"
        let isText = entry.bytes.map { String(validating: $0, as: UTF8.self) != nil } ?? true
        guard definition.accepts(value), isText || definition.form == Form.pattern.form else {
            return SettingsProblem(
                code: .badValue, origin: origin(entry.line), key: name,
                message: "'\(value)' is no value for '\(name)': it takes \(definition.form)")
        }
        return cut(entry, value, name)
    }

    /// A command that lost its end to a comment: git takes an unquoted `;` or `#` for the beginning of one.
    ///
    /// A `#` behind a blank begins a comment for the shell as well, unless quotes of the shell are open there.
    private func cut(_ entry: ConfigEntry, _ value: String, _ name: String) -> SettingsProblem? {
        guard CommittedReader.commands.contains(ConfigName.join(entry.section, nil, entry.key)),
            let comment = entry.comment
        else { return nil }
        let isOpen = ["'", "`"].contains { quote in value.count { $0 == quote } % 2 == 1 }
        if comment.sign == "#" && comment.followsBlank && !isOpen { return nil }
        return SettingsProblem(
            code: .badValue, origin: origin(entry.line), key: name,
            message: "'\(name)' is cut at '\(comment.sign)': git takes the rest of the line for a comment",
            hints: ["put the whole command in double quotes, or the comment on a line of its own"])
    }

    /// Keys whose values are lines for the shell.
    private static let commands: Set<String> = [
        CheckKeys.run.definition.lookupName(nil), CheckKeys.tool.definition.lookupName(nil),
        EnvironmentKeys.setup.definition.lookupName(nil),
    ]

    private func origin(_ line: Int) -> SettingOrigin {
        SettingOrigin(scope: .committed, source: file.origin, line: line)
    }
}

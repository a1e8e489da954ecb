/// The attributes in force for the files of one folder.
///
/// The order, first one that speaks wins: `info/attributes`, the folder's file, those of its parents up to the top, the
/// user's file.
struct AttributeStack: Sendable {
    /// Rules and the length of the path, with its slash, of the folder they are relative to.
    struct Frame: Sendable {
        let rules: AttributeRules
        let depth: Int
    }

    /// From the one that wins to the one that loses.
    private let frames: [Frame]
    private let macros: [String: [AttributeRules.Assignment]]

    /// Creates a stack of frames, the one that wins first.
    init(_ frames: [Frame]) {
        var macros: [String: [AttributeRules.Assignment]] = AttributeRules.builtIn.macros
        for frame in frames.reversed() { macros.merge(frame.rules.macros) { $1 } }
        let names = AttributeRules.conversions.union(macros.keys)
        self.macros = macros
        self.frames = frames.map { Frame(rules: $0.rules.reduced(to: names), depth: $0.depth) }
            .filter { !$0.rules.lines.isEmpty }
    }

    /// Whether nothing in force has a say in conversions.
    var isEmpty: Bool { frames.isEmpty }

    /// The values for a path relative to the top of the worktree.
    func values(_ path: UnsafeRawBufferPointer, nameStart: Int) -> [String: AttributeValue] {
        var values: [String: AttributeValue] = [:]
        for frame in frames {
            let relative = UnsafeRawBufferPointer(rebasing: path[frame.depth...])
            for line in frame.rules.lines.reversed()
            where line.rule.matches(relative, nameStart: nameStart - frame.depth, isFolder: false) {
                assign(line.assignments, to: &values)
            }
        }
        return values
    }

    /// Later assignments win over earlier ones of a line, and what is assigned stays; a macro that is set brings its own.
    private func assign(_ assignments: [AttributeRules.Assignment], to values: inout [String: AttributeValue]) {
        for assignment in assignments.reversed() where values[assignment.name] == nil {
            values[assignment.name] = assignment.value
            if assignment.value == .set, let macro = macros[assignment.name] { assign(macro, to: &values) }
        }
    }
}

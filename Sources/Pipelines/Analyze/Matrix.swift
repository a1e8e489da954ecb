/// The copies of a job that its matrix asks for.
package struct Matrix: Sendable {
    /// The values of each copy by name (`os`, `target.arch`); one empty copy without a matrix.
    package let copies: [[String: String]]
    /// Whether the number of copies is not known: an expression makes it, or there are more than the forge takes.
    package let isDynamic: Bool
    /// How many run at once; `nil` for all.
    package let atOnce: Int?

    /// GitHub's own limit.
    private static let most = 256

    /// Expands the `strategy` of a job.
    package init(_ strategy: YAMLNode?) {
        atOnce = strategy?["max-parallel"]?.text.flatMap(Int.init)
        guard let matrix = strategy?["matrix"] else {
            (copies, isDynamic) = ([[:]], false)
            return
        }
        var isDynamic = !matrix.isMapping
        var copies: [[String: String]] = [[:]]
        var axes: [String] = []
        for pair in matrix.pairs {
            guard let name = pair.key.text, name != "include", name != "exclude" else { continue }
            guard case .sequence(let values) = pair.value.content else {
                isDynamic = true
                continue
            }
            axes.append(name)
            let flat = values.map { Matrix.values($0, name) }
            // Beyond the limit the forge refuses the matrix; the first ones tell enough.
            if copies.count * flat.count > Self.most { isDynamic = true }
            copies = Array(copies.lazy.flatMap { copy in flat.lazy.map { copy.merging($0) { $1 } } }.prefix(Self.most))
        }
        if axes.isEmpty { copies = [] }
        for excluded in matrix["exclude"]?.items ?? [] {
            let values = Matrix.entry(excluded)
            if !values.isEmpty { copies.removeAll { copy in values.allSatisfy { copy[$0.key] == $0.value } } }
        }
        if let include = matrix["include"], case .scalar = include.content { isDynamic = true }
        let originals = copies.count
        for included in matrix["include"]?.items ?? [] where included.isMapping {
            let values = Matrix.entry(included)
            var fits = false
            for index in copies.indices.prefix(originals) {
                let clashes = values.contains { value in
                    guard let axis = axes.first(where: { value.key == $0 || value.key.hasPrefix($0 + ".") }) else {
                        return false
                    }
                    return !axis.isEmpty && copies[index][value.key] != value.value
                }
                if !clashes {
                    copies[index].merge(values) { $1 }
                    fits = true
                }
            }
            if !fits, copies.count < Self.most { copies.append(values) }
        }
        self.copies = copies.isEmpty ? [[:]] : copies
        self.isDynamic = isDynamic
    }

    private static func entry(_ node: YAMLNode) -> [String: String] {
        var values: [String: String] = [:]
        for pair in node.pairs { if let name = pair.key.text { values.merge(Matrix.values(pair.value, name)) { $1 } } }
        return values
    }

    /// A value and, for a mapping, the values in it.
    private static func values(_ node: YAMLNode, _ name: String) -> [String: String] {
        switch node.content {
        case .scalar(let text, _): return [name: text]
        case .sequence(let items): return [name: items.compactMap(\.text).joined(separator: ",")]
        case .mapping(let pairs):
            var all: [String: String] = [:]
            for pair in pairs { all.merge(values(pair.value, name + "." + (pair.key.text ?? ""))) { $1 } }
            return all
        }
    }

    /// A text with the values of a copy in place of `${{ matrix.… }}`.
    static func filling(_ text: String, _ copy: [String: String]) -> String {
        guard text.contains("matrix.") else { return text }
        var text = text
        for (name, value) in copy {
            for form in ["${{ matrix.\(name) }}", "${{matrix.\(name)}}"] { text = text.replacing(form, with: value) }
        }
        return text
    }
}

import Settings

/// What checks need of one another, by way of others too; worked out once for all of them.
struct CheckNeeds: Sendable {
    /// Needs before dependants.
    private let ordered: [CheckDefinition]
    private let byName: [String: CheckDefinition]
    private let needs: [String: Set<String>]
    private let dependants: [String: Set<String>]

    init(_ checks: [CheckDefinition]) {
        let byName = Dictionary(checks.map { ($0.name, $0) }) { first, _ in first }
        var ordered: [CheckDefinition] = []
        var needs: [String: Set<String>] = [:]
        func visit(_ check: CheckDefinition) {
            guard needs[check.name] == nil else { return }
            // Circles were refused when the file was read; were there one, it would end here.
            needs[check.name] = [check.name]
            var all: Set<String> = [check.name]
            for need in check.needs.compactMap({ byName[$0] }) {
                visit(need)
                all.formUnion(needs[need.name] ?? [])
            }
            needs[check.name] = all
            ordered.append(check)
        }
        checks.forEach(visit)
        var dependants: [String: Set<String>] = [:]
        for (name, all) in needs { for need in all where need != name { dependants[need, default: []].insert(name) } }
        self.ordered = ordered
        self.byName = byName
        self.needs = needs
        self.dependants = dependants
    }

    subscript(name: String) -> CheckDefinition? { byName[name] }

    /// A check and all that it needs, needs before dependants.
    func closure(of name: String) -> [CheckDefinition] {
        let all = needs[name] ?? []
        return ordered.filter { all.contains($0.name) }
    }

    /// The names of the checks that need one.
    func dependants(of name: String) -> Set<String> { dependants[name] ?? [] }
}

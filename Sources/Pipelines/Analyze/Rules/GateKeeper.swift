/// Keeps gates where they are when jobs before them wait for less.
///
/// A job that deploys, or looks at results, often names the last job of a chain and means all of it. When the chain is
/// taken apart it has to name the rest itself, or it would act while the tests still fail.
struct GateKeeper {
    private let workflow: Workflow
    /// Before those that wait for them.
    private let gates: [Workflow.Job]

    init(workflow: Workflow, isGate: (Workflow.Job) -> Bool) {
        self.workflow = workflow
        gates = workflow.jobs.filter { !$0.needs.isEmpty && isGate($0) }
            .map { ($0, workflow.ancestors(of: $0.id).count) }.sorted { $0.1 < $1.1 }.map(\.0)
    }

    /// All needs of those gates that must name more when other jobs get other needs.
    func additions(to changed: [String: [String]]) -> [String: [String]] {
        var added: [String: [String]] = [:]
        for gate in gates {
            let before = workflow.ancestors(of: gate.id)
            guard changed.keys.contains(where: before.contains) else { continue }
            func reach(_ id: String) -> Set<String> {
                var seen: Set<String> = []
                var open = [id]
                while let next = open.popLast() {
                    let needs = changed[next] ?? added[next] ?? workflow.job(next)?.needs ?? []
                    open += needs.filter { seen.insert($0).inserted }
                }
                return seen
            }
            let lost = before.subtracting(reach(gate.id))
            if lost.isEmpty { continue }
            // The others come by way of these.
            let covered = lost.reduce(into: Set<String>()) { $0.formUnion(reach($1)) }
            added[gate.id] = gate.needs + workflow.jobs.map(\.id).filter { lost.contains($0) && !covered.contains($0) }
        }
        return added
    }
}

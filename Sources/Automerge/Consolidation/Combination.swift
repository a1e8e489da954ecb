import GitValues
import PlainRemote
import Settings

/// Merges and tests the members of a combination; what does not fit or turns it red is left out, with the reason.
struct Combination {
    let worker: Worker
    let base: ObjectID
    let policy: TargetPolicy
    let builder: CandidateBuilder

    /// Merges the members one after the other onto the base; those that do not merge are moved to `left`.
    func build(_ outcome: inout ConsolidationOutcome) async throws -> [CandidateBuilder.Built] {
        let parts = outcome.members.map { member in
            CandidateBuilder.Part(
                member: QueueMember(member.document), document: member.document,
                method: .squash)
        }
        let (built, aside) = try await builder.build(on: base, parts)
        let titles = Dictionary(
            outcome.members.map { ($0.document.id, $0.document.title) }, uniquingKeysWith: { first, _ in first })
        for entry in aside {
            guard let index = outcome.members.firstIndex(where: { $0.document.id == entry.member.id }) else { continue }
            let document = outcome.members.remove(at: index).document
            switch entry.reason {
            case .conflict(let paths, let other):
                let name = other.flatMap { titles[$0.id] } ?? document.target
                outcome.left.append(.init(document: document, reason: "it conflicts with '\(name)'", paths: paths))
            case .covered(let other):
                let name = titles[other.id] ?? other.id.short
                outcome.left.append(.init(document: document, reason: "'\(name)' has its content"))
            case .contained:
                outcome.left.append(.init(document: document, reason: "'\(document.target)' has its content already"))
            case .impossible(let reason): outcome.left.append(.init(document: document, reason: reason))
            case .unavailable(let commit):
                outcome.left.append(.init(document: document, reason: QueueAside.words(missing: commit)))
            }
        }
        return built
    }

    /// The checks that all members together need.
    func required(_ members: [PatchDocument]) -> [String] {
        var names = policy.requiredChecks
        for member in members { names += policy.requiredChecks(of: member).filter { !names.contains($0) } }
        return names
    }

    /// Tests the combination and moves what turns it red to `left`; answers with the end where there is nothing to push.
    ///
    /// - Parameter goesOn: whether the others are combined without it.
    func findCulprits(
        _ outcome: inout ConsolidationOutcome, _ built: inout [CandidateBuilder.Built], _ required: [String],
        goesOn: Bool
    ) async throws -> ConsolidationOutcome.End? {
        let search = CulpritSearch(
            objects: worker.remote.objects, policy: policy, checks: required, test: worker.test)
        worker.report(.testing(target: outcome.members[0].document.target, checks: required, again: false))
        do {
            while let last = built.last, built.count > 1 {
                let red = try await search.reds(at: last.commit)
                if red.isEmpty { return nil }
                if try await !search.reds(at: base).isEmpty {
                    return .impossible("\(quoted(red)) failed on '\(outcome.members[0].document.target)' itself")
                }
                var (low, high) = (-1, built.count - 1)
                while high - low > 1 {
                    let middle = (low + high) / 2
                    if try await search.reds(at: built[middle].commit).isEmpty { low = middle } else { high = middle }
                }
                let culprit = built[high].member.id
                guard let index = outcome.members.firstIndex(where: { $0.document.id == culprit }) else { break }
                let document = outcome.members.remove(at: index).document
                let company = high == 0 ? "" : " on top of the members before it"
                outcome.left.append(.init(document: document, reason: "\(quoted(red)) failed with it\(company)"))
                if outcome.members.count < 2 || !goesOn { return .red(red) }
                built = try await build(&outcome)
            }
        } catch let trouble as CulpritSearch.Trouble {
            switch trouble {
            case .misconfigured(let reason): return .misconfigured(reason)
            case .impossible(let reason): return .impossible("it cannot be tested: \(reason)")
            }
        }
        return nil
    }
}

import Git2
import GitValues
import PlainRemote
import Store

extension Session {
    /// Decides where a patch starts, where it should land and what its branch is called; nothing is written.
    func plan(_ request: CreateRequest, title: String, head: Head) async throws -> CreatePlan {
        let branch = head.branch?.branch
        let below = try request.base == nil ? branch.flatMap { try store.openPatch(onBranch: $0) } : nil
        let remote = try pushRemote(request, branch, below)
        var base = head.commit
        if let wish = request.base {
            base = try await view.resolveCommit(wish)
            if base == nil {
                throw PatchProblem(
                    .noSuchRevision, "there is no commit '\(wish)' to start from",
                    hints: ["type 'git log --oneline --all' to see what there is"])
            }
        }
        if request.stack && below == nil {
            throw PatchProblem(
                .nothingToStackOn,
                "there is no open patch on \(branch.map { "'\($0)'" } ?? "a detached HEAD") to stack on",
                hints: ["type 'git patch list' to see the open patches and switch to the branch of one"])
        }
        if let below, remote != nil { try refuseLocal(below, target: request.target ?? below.target) }
        let target = try await chooseTarget(
            request.target?.shortBranch ?? below?.target, remote: remote ?? targetRemote(branch, below), head: head)
        var plan = CreatePlan(
            title: title,
            branch: try await chooseBranch(request.branch, title: request.nameSource ?? title, remote: remote),
            base: base,
            target: target.name, remote: remote, stackedOn: below)
        if plan.branch == plan.target {
            throw PatchProblem(
                .badBranchName, "the patch cannot be on '\(plan.branch)' and land there too",
                hints: ["choose another name with --branch"])
        }
        try plan.checkForge(request.queue.forge, workspace.settings, remotes: workspace.remotes)
        if let base, let tip = target.tip {
            plan.fork = try await view.mergeBase(base, tip)
            if below == nil && plan.fork != base {
                plan.ahead = try await view.commits(from: base, notIn: tip, limit: 6).map(\.title)
            }
        }
        return plan
    }

    /// Pushing a patch pushes what it is stacked on; what was to stay here is not published that way.
    private func refuseLocal(_ below: PatchRecord, target: String) throws {
        guard below.remote == nil || below.state == .local else { return }
        throw PatchProblem(
            .stackedOnLocal, "'\(below.branch)' is local, and a patch on top of it would publish its commits",
            hints: ["to leave them out: --base \(target)", "to keep the new patch here too: --local"])
    }
}

extension Session {
    /// Where the patch is pushed; `nil` for one that stays here.
    private func pushRemote(
        _ request: CreateRequest, _ branch: String?, _ below: PatchRecord?
    ) throws -> String? {
        if request.local { return nil }
        let remote: String?
        do {
            remote = try workspace.pushRemote(from: branch, recorded: try RecordedRemotes(of: below, in: store))
        } catch let problem as RemoteProblem {
            let name = workspace.remotes.first ?? "origin"
            throw PatchProblem(
                .noRemote, problem.description,
                hints: ["prefer one: git config remote.pushDefault \(name)", "or keep the patch here: --local"])
        }
        guard remote == nil, request.queue.autoMerge else { return remote }
        throw PatchProblem(
            .noRemote, "there is no remote on which the patch could land by itself",
            hints: ["add one: git remote add origin URL", "or leave --auto-merge out"])
    }

    /// The remote whose target counts for a patch that stays here; it need not be clear.
    private func targetRemote(_ branch: String?, _ below: PatchRecord?) -> String? {
        // Without a clear remote the branch here is the target.
        guard let recorded = try? RecordedRemotes(of: below, in: store) else { return nil }
        return (try? workspace.pushRemote(from: branch, recorded: recorded)) ?? nil
    }
}

extension CreatePlan {
    /// What the user should know about the plan, one notice per fact.
    func notices() -> [Notice] {
        var notices: [Notice] = []
        if let stackedOn {
            notices.append(.done("stacked on '\(stackedOn.branch)' (\(stackedOn.title)); it lands after that one"))
        }
        if !ahead.isEmpty {
            let count =
                ahead.count > 5 ? "more than 5 commits" : ahead.count == 1 ? "1 commit" : "\(ahead.count) commits"
            notices.append(.warning("the patch also carries \(count) that '\(target)' lacks:"))
            for title in ahead.prefix(5) { notices.append(.done("  \(title)")) }
            notices.append(.hint("to leave them out, start from the target: --base \(target)"))
        }
        return notices
    }
}

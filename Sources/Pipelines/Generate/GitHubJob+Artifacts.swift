import GitValues
import Settings

/// What checks make: kept for people, and handed to jobs whose checks find it there.
extension GitHubJob {
    /// The checks of the job that make something.
    var makers: [CheckDefinition] { job.judged.filter { !$0.artifacts.isEmpty } }

    /// What checks promise is kept when they passed: one that was not wanted, or failed, has made nothing.
    var artifacts: [String] {
        if terms.install != nil {
            // The validator tells by itself when something that was promised was not made.
            return makers.isEmpty
                ? []
                : keep(
                    ["${{ runner.temp }}/\(job.id).made"], as: job.id, if: "!cancelled()", isPromised: false, for: 7,
                    "Keep what was made")
        }
        return makers.flatMap { check in
            keep(
                check.artifacts.uniqued(),
                as: makers.count == 1 ? job.id : "\(job.id)-\(id(check))", if: hasPassed(check), isPromised: true,
                for: 7,
                "Keep what was made")
        }
    }

    /// As an archive, because modes and the place in the worktree get lost on the way otherwise.
    var handedOn: [String] {
        makers.filter { workflow.handedOn.contains($0.name) }.flatMap { check -> [String] in
            let paths = check.artifacts.uniqued().map(Quoting.shell).joined(separator: " ")
            return [
                "      - name: Pack what others need", "        if: ${{ \(hasPassed(check)) }}",
                "        run: tar -cf - -- \(paths) > \"$RUNNER_TEMP/\(id(check)).tar\"",
            ]
                + keep(
                    ["${{ runner.temp }}/\(id(check)).tar"], as: "made-\(id(check))", if: hasPassed(check),
                    isPromised: true, for: 1, "Hand it on")
        }
    }

    /// What checks of other jobs have made for those of this one; nothing of one that the change does not concern.
    var gifts: [String] {
        workflow.plan.givers(to: job).flatMap { giver -> [String] in
            guard let owner = workflow.plan.owner(of: giver.name) else { return [] }
            let wanted = "if: \(isWanted(giver, by: "needs.changes.outputs.\(owner.id)"))"
            let name = Quoting.title(giver.name)
            return [
                "      - name: \(Quoting.yaml("Bring what \(name) made"))", "        \(wanted)",
                "        uses: \(workflow.download.uses)", "        with:",
                "          name: made-\(id(giver))\(hasPlatforms ? "-${{ matrix.platform }}" : "")",
                "          path: ${{ runner.temp }}",
                "      - name: \(Quoting.yaml("Unpack what \(name) made"))", "        \(wanted)",
                "        run: tar -xf - < \"$RUNNER_TEMP/\(id(giver)).tar\"",
            ]
        }
    }

    private func hasPassed(_ check: CheckDefinition) -> String {
        "!cancelled() && steps.\(id(check)).outcome == 'success'"
    }

    /// A step that keeps files for some days.
    func keep(
        _ paths: [String], as name: String, if condition: String, isPromised: Bool, for days: Int, _ title: String
    ) -> [String] {
        [
            "      - name: \(title)", "        if: ${{ \(condition) }}", "        uses: \(workflow.upload.uses)",
            "        with:", "          name: \(name)\(suffix)",
        ]
            + (paths.count == 1 && paths[0].hasPrefix("${{")
                ? ["          path: \(paths[0])"] : ["          path: |"] + paths.map { "            " + $0 })
            + [
                "          if-no-files-found: \(isPromised ? "error" : "ignore")", "          retention-days: \(days)",
            ]
    }
}

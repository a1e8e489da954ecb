/// Folders that are kept between runs.
extension GitHubJob {
    /// From exact to general: system, processor and platform, toolchain, lock files, content.
    private var key: (exact: String, prefixes: [String]) {
        let platform = hasPlatforms ? "${{ matrix.platform }}" : terms.platforms[0]
        let tools = job.tools.isEmpty ? "" : "${{ steps.toolchain.outputs.id }}-"
        let base = "\(job.id)-${{ runner.os }}-${{ runner.arch }}-\(platform)-\(tools)"
        let locks = terms.lockFiles.map { "'**/\($0)'" }.joined(separator: ", ")
        let locked = locks.isEmpty ? base : base + "${{ hashFiles(\(locks)) }}-"
        return (locked + "${{ github.sha }}", locks.isEmpty ? [base] : [locked, base])
    }

    var restore: [String] {
        var lines: [String] = []
        if !job.tools.isEmpty {
            lines += [
                "      - name: Toolchain", "        id: toolchain", "        run: |", "          {",
            ]
            lines += job.tools.map { "            sh -c " + Quoting.shell($0.replacing("\n", with: "; ")) }
            lines += [
                "          } | git hash-object --stdin > \"$RUNNER_TEMP/toolchain\"",
                "          echo \"id=$(cut -c1-12 \"$RUNNER_TEMP/toolchain\")\" >> \"$GITHUB_OUTPUT\"",
            ]
        }
        lines += [
            "      - name: Restore caches", "        id: cache", "        uses: \(Pins.cacheRestore.uses)",
            "        with:",
            "          path: |",
        ]
        lines += job.cacheDirs.map { "            " + $0 }
        lines += ["          key: \(key.exact)", "          restore-keys: |"]
        return lines + key.prefixes.map { "            " + $0 }
    }

    /// Only the default branch writes: what a pull request saved, nobody else could read, and it would push out the rest.
    /// Of several parts the first: they have one key.
    var save: [String] {
        [
            "      - name: Save caches",
            "        if: github.ref == format('refs/heads/{0}', github.event.repository.default_branch)"
                + (isSplit ? " && matrix.shard == 1" : ""),
            "        uses: \(Pins.cacheSave.uses)", "        with:", "          path: |",
        ] + job.cacheDirs.map { "            " + $0 } + ["          key: \(key.exact)"]
    }
}

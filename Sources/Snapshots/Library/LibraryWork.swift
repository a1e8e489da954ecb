import GitValues

/// What a scan means: which contents are to be read.
struct LibraryWork: Sendable {
    let plan: Preflight.Plan
    /// The top of the worktree.
    let worktree: String
    let limits: CaptureLimits
    let rules: StatRules
    let findings: ScanFindings
    /// How index and HEAD differ, by path.
    let staged: [[UInt8]: StagedDifference]
    /// Touched entries, then untracked files, then what is only searched for secrets.
    var items: [ContentItem]

    /// Puts together the items.
    ///
    /// - Throws: `AttributeFiles.Obstacle` when a file needs a conversion that only git does.
    init(
        _ request: CaptureRequest, _ configuration: GitConfiguration, _ plan: Preflight.Plan, rules: StatRules,
        findings: ScanFindings, staged: [StagedDifference]
    ) throws {
        self.plan = plan
        worktree = request.location.worktree
        self.limits = request.limits
        self.rules = rules
        self.findings = findings
        self.staged = Dictionary(staged.map { ($0.path, $0) }) { first, _ in first }
        var items: [ContentItem] = []
        items.reserveCapacity(findings.touched.count + findings.untracked.count)
        var conversions = Conversions(plan.attributes, configuration)
        for touched in findings.touched {
            let path = plan.index.path(touched.entry)
            // Without links in the file system, a regular file may stand for one; it is never converted.
            let isLink =
                touched.status.kind == .link
                || rules.mode(of: touched.status, in: plan.index.mode(touched.entry)) == FileMode.link
            let conversion = isLink ? Conversion.none : try conversions.conversion(path)
            let source = touched.status.kind == .link ? ContentItem.Source.link : .file(conversion)
            let isStaged = self.staged[path] != nil
            items.append(ContentItem(path: path, entry: touched.entry, source: source, isStaged: isStaged))
        }
        for file in findings.untracked {
            let source =
                file.status.kind == .link ? ContentItem.Source.link : .file(try conversions.conversion(file.path))
            items.append(ContentItem(path: file.path, entry: nil, source: source, isStaged: false))
        }
        if limits.checksSecrets && !request.force {
            items += LibraryWork.searched(staged, plan.index, findings, fromDisk: request.scope != .staged)
        }
        self.items = items
    }

    /// Staged files that the scan found unchanged: news for HEAD that nobody else reads.
    private static func searched(
        _ staged: [StagedDifference], _ index: IndexFile, _ findings: ScanFindings, fromDisk: Bool
    ) -> [ContentItem] {
        let seen = Set(findings.touched.map(\.entry)).union(findings.missing)
        return staged.compactMap { difference in
            guard let entry = difference.entry, !seen.contains(entry), index.mode(entry) & 0o170000 == 0o100000 else {
                return nil
            }
            let source = fromDisk ? ContentItem.Source.knownFile : .blob(index.digest(entry))
            return ContentItem(path: difference.path, entry: entry, source: source, isStaged: true)
        }
    }

    /// What HEAD has at a path of the index or of an untracked file.
    func head(_ path: [UInt8], entry: Int?) -> TreeChange.Content? {
        if let difference = staged[path] { return difference.head }
        return entry.map { TreeChange.Content(mode: plan.index.mode($0), digest: plan.index.digest($0)) }
    }
}

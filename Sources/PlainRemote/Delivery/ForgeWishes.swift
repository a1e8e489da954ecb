/// What only a forge can do for a new patch.
package struct ForgeWishes: Hashable, Sendable, Codable {
    /// The text of the pull request; absent: the repository's template, else the text of the commit.
    package var body: String?
    package var labels: [String]
    package var reviewers: [String]
    package var assignees: [String]
    /// The number of the issue it closes.
    package var closes: Int?
    /// Whether an issue is opened with it.
    package var opensIssue: Bool
    /// The remote whose repository gets the pull request; absent: the one the branch is pushed to.
    package var to: String?

    /// Creates wishes.
    package init(
        body: String? = nil, labels: [String] = [], reviewers: [String] = [], assignees: [String] = [],
        closes: Int? = nil, opensIssue: Bool = false, to: String? = nil
    ) {
        self.body = body
        self.labels = labels
        self.reviewers = reviewers
        self.assignees = assignees
        self.closes = closes
        self.opensIssue = opensIssue
        self.to = to
    }
}

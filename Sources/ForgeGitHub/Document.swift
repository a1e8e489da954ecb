/// The GraphQL documents, one file each; CI holds them to the published schema.
enum Document {
    case look, poll, list, checks, reviews, fork, open, edit, close, comments, comment, editComment, issues, openIssue,
        closeIssue
    case label, newLabel, person, labels, reviewers, assignees, arm, disarm, enqueue, dequeue, merge, revert

    /// The text, with the fragment it uses.
    var text: String {
        switch self {
        case .look: Document.text(PackageResources.look_graphql) + Document.pull
        case .poll: Document.text(PackageResources.poll_graphql) + Document.pull
        case .list: Document.text(PackageResources.list_graphql)
        case .reviews: Document.text(PackageResources.reviews_graphql)
        case .checks: Document.text(PackageResources.checks_graphql)
        case .fork: Document.text(PackageResources.fork_graphql)
        case .open: Document.text(PackageResources.open_graphql)
        case .edit: Document.text(PackageResources.edit_graphql)
        case .close: Document.text(PackageResources.close_graphql)
        case .comments: Document.text(PackageResources.comments_graphql)
        case .comment: Document.text(PackageResources.comment_graphql)
        case .editComment: Document.text(PackageResources.editComment_graphql)
        case .issues: Document.text(PackageResources.issues_graphql)
        case .openIssue: Document.text(PackageResources.openIssue_graphql)
        case .closeIssue: Document.text(PackageResources.closeIssue_graphql)
        case .label: Document.text(PackageResources.label_graphql)
        case .newLabel: Document.text(PackageResources.newLabel_graphql)
        case .person: Document.text(PackageResources.person_graphql)
        case .labels: Document.text(PackageResources.labels_graphql)
        case .reviewers: Document.text(PackageResources.reviewers_graphql)
        case .assignees: Document.text(PackageResources.assignees_graphql)
        case .arm: Document.text(PackageResources.arm_graphql)
        case .disarm: Document.text(PackageResources.disarm_graphql)
        case .enqueue: Document.text(PackageResources.enqueue_graphql)
        case .dequeue: Document.text(PackageResources.dequeue_graphql)
        case .merge: Document.text(PackageResources.merge_graphql)
        case .revert: Document.text(PackageResources.revert_graphql)
        }
    }

    /// Whether it only reads.
    var reads: Bool {
        switch self {
        case .look, .poll, .list, .checks, .reviews, .fork, .comments, .issues, .label, .person: true
        default: false
        }
    }

    private static var pull: String { text(PackageResources.pull_graphql) }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

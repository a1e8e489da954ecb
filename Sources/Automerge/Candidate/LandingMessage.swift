import GitValues
import PlainRemote

/// The texts of the commits that a landing makes.
enum LandingMessage {
    /// The trailer that names the patch.
    static let patchTrailer = "Patch"
    /// The trailer by which a revert names the patch it takes back.
    static let revertTrailer = "Reverts-Patch"

    /// The message of a squashed patch: the commit's own when there is one, else title and the titles of the commits.
    static func squash(_ document: PatchDocument, commits: [CommitFacts], author: Person) -> String {
        let text: String
        if commits.count == 1, let only = commits.first {
            text = only.message
        } else {
            text = "\(document.title)\n\n" + commits.map { "* \($0.title)\n" }.joined()
        }
        let others = commits.map { Person($0.author) }.filter { !$0.isSamePerson(as: author) }
        return CommitMessage.adding(trailers: coAuthors(others) + common(document), to: text)
    }

    /// The message of a merge commit.
    static func merge(_ document: PatchDocument) -> String {
        let text = "Merge patch '\(document.title)'\n\nBranch '\(document.branch)' into '\(document.target)'.\n"
        return CommitMessage.adding(trailers: common(document), to: text)
    }

    private static func coAuthors(_ people: [Person]) -> [(key: String, value: String)] {
        var seen: Set<String> = []
        return people.filter { seen.insert($0.mail.lowercased()).inserted }.map { ("Co-authored-by", "\($0)") }
    }

    private static func common(_ document: PatchDocument) -> [(key: String, value: String)] {
        var seen: Set<String> = []
        let reviewers = document.approvalsGiven.filter { approval in
            approval.head == document.head && document.author.map { !approval.by.isSamePerson(as: $0) } != false
                && seen.insert(approval.by.mail.lowercased()).inserted
        }
        return reviewers.map { ("Reviewed-by", "\($0.by)") } + [(patchTrailer, document.id.text)]
    }
}

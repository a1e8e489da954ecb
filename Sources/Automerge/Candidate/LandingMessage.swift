import GitValues
import PlainRemote

/// The texts of the commits that a landing makes.
enum LandingMessage {
    /// The trailer that names the patch.
    static let patchTrailer = "Patch"
    /// The trailer by which a revert names the patch it takes back.
    static let revertTrailer = "Reverts-Patch"

    /// The message of a squashed patch: the commit's own when there is one, else title and the titles of the commits.
    static func squash(
        _ document: PatchDocument, commits: [CommitFacts], author: Person, template: String? = nil
    ) -> String {
        let list = commits.map { "* \($0.title)\n" }.joined()
        let only = commits.count == 1 ? commits.first?.message : nil
        var text = only ?? "\(document.title)\n\n\(list)"
        if let template {
            var values = values(of: document, author: author)
            values["title"] = only.map { CommitMessage.title(of: $0) } ?? document.title
            values["body"] = only.map { CommitMessage.body(of: $0) } ?? list
            values["commits"] = list
            text = CommitStyle.fill(template, values)
        }
        let others = commits.map { Person($0.author) }.filter { !$0.isSamePerson(as: author) }
        return CommitMessage.adding(trailers: coAuthors(others) + common(document), to: text)
    }

    /// The message of a merge commit.
    static func merge(_ document: PatchDocument, template: String? = nil) -> String {
        let usual = "Merge patch '{title}'\n\nBranch '{branch}' into '{target}'.\n"
        let text = CommitStyle.fill(template ?? usual, values(of: document, author: document.author))
        return CommitMessage.adding(trailers: common(document), to: text)
    }

    private static func values(of document: PatchDocument, author: Person?) -> [String: String] {
        [
            "title": document.title, "branch": document.branch, "target": document.target, "id": document.id.text,
            "author": author.map { "\($0)" } ?? "", "body": "", "commits": "",
        ]
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

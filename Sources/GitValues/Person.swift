/// A name and a mail address, without a time.
package struct Person: Hashable, Sendable, Codable, CustomStringConvertible {
    package var name: String
    package var mail: String

    /// Creates a person from the parts.
    package init(name: String, mail: String) {
        self.name = name
        self.mail = mail
    }

    /// The person of an identity.
    package init(_ identity: Identity) {
        self.init(name: identity.name, mail: identity.mail)
    }

    /// Whether both are the same person: the mail address decides, upper and lower case are the same.
    package func isSamePerson(as other: Person) -> Bool { mail.lowercased() == other.mail.lowercased() }

    /// `Name <mail>`, as trailers write it.
    package var description: String { "\(name) <\(mail)>" }
}

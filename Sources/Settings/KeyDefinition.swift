import GitValues

/// What is known of a key whatever the type of its value: drives validation, `git patch config --explain` and the docs.
package struct KeyDefinition: Sendable {
    /// What may stand between section and key.
    package enum Subsection: Hashable, Sendable {
        /// Nothing: `patch.target`.
        case none
        /// Nothing or a name: `validate.prePush` and `validate.main.prePush`.
        case optional(String)
        /// A name always: `check.unit.run`.
        case required(String)
    }

    /// Where a key may be set.
    package enum Places: Hashable, Sendable {
        /// In git's configuration and in the committed file.
        case everywhere
        /// In the committed file only.
        case committedFile
        /// In git's configuration only; the reason says why the committed file may not.
        case gitConfig(because: String)
    }

    /// The section in the spelling of the docs.
    package let section: String
    /// The last part of the name in the spelling of the docs.
    package let key: String
    package let subsection: Subsection
    /// The form of a value, for people: `a duration (90, 5m, 2h)`.
    package let form: String
    /// The default as it would be written; `nil` when there is none.
    package let fallback: String?
    /// Whether each value counts, not just the last.
    package let isRepeatable: Bool
    package let places: Places
    /// One line that says what the key does.
    package let summary: String
    /// Whether a text is a value of the key.
    let accepts: @Sendable (String) -> Bool

    /// The name for people, with a placeholder for the subsection: `check.<name>.run`.
    package var name: String {
        switch subsection {
        case .none: "\(section).\(key)"
        case .optional(let word): "\(section)[.<\(word)>].\(key)"
        case .required(let word): "\(section).<\(word)>.\(key)"
        }
    }

    /// Whether the committed file may set the key.
    package var mayBeCommitted: Bool {
        switch places {
        case .everywhere, .committedFile: true
        case .gitConfig: false
        }
    }

    /// The full name with a subsection or without, in the spelling of the docs.
    func fullName(_ subsection: String?) -> String { ConfigName.join(section, subsection, key) }

    /// The full name as git prints it: section and key in lower case.
    func lookupName(_ subsection: String?) -> String {
        ConfigName.join(section.lowercased(), subsection, key.lowercased())
    }

    /// Whether the key may stand under a subsection, or without one for `nil`.
    func allows(_ subsection: String?) -> Bool {
        switch self.subsection {
        case .none: subsection == nil
        case .optional: true
        case .required: subsection != nil
        }
    }
}

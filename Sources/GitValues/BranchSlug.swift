/// Turns a description into the readable part of a branch name.
package enum BranchSlug {
    /// The longest slug, in bytes: the whole name stays readable and far below the 255 bytes of a file name.
    package static let limit = 48

    /// Returns a slug of lower-case words joined by `-`, at most `limit` bytes, cut between words where possible.
    ///
    /// Letters and digits of any script are kept; accents are kept as they are. A description without a letter or
    /// digit (only punctuation or emoji) gives `"patch"`. The result is always a valid component of a branch name.
    package static func make(from description: String) -> String {
        var words: [String] = []
        var word = ""
        for scalar in description.unicodeScalars {
            if isWordScalar(scalar) {
                word += scalar.properties.lowercaseMapping
            } else if scalar == "'" || scalar == "\u{2019}" {
                continue  // "don't" reads better as "dont" than as "don-t".
            } else if !word.isEmpty {
                words.append(word)
                word = ""
            }
            if words.count > limit { break }
        }
        if !word.isEmpty { words.append(word) }
        var slug = ""
        for word in words {
            let next = slug.isEmpty ? word : slug + "-" + word
            if next.utf8.count > limit {
                if slug.isEmpty { slug = cut(word) }
                break
            }
            slug = next
        }
        // A name must not end in ".lock" and components never hold dots here, so only emptiness is left to mend.
        return slug.isEmpty ? "patch" : slug
    }

    /// Returns the names to try in order: `base`, `base-2`, `base-3`, …
    package static func candidates(_ base: String) -> some Sequence<String> {
        (1...).lazy.map { $0 == 1 ? base : "\(base)-\($0)" }
    }

    private static func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .nonspacingMark, .spacingMark:
            true
        default:
            false
        }
    }

    private static func cut(_ word: String) -> String {
        var result = ""
        for character in word {
            guard result.utf8.count + String(character).utf8.count <= limit else { break }
            result.append(character)
        }
        return result
    }
}

/// Names that a forge's file may use, from names of checks.
struct Slugs {
    private var taken: Set<String>

    /// What YAML reads as a boolean or as nothing.
    private static let notText: Set<String> = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"]
    /// What means something else where jobs are named: outputs of the classifying job, and keywords of GitLab.
    static let jobs: Set<String> = notText.union([
        "changes", "gate", "tier", "platforms", "image", "default", "stages", "stage", "types", "variables", "include",
        "pages", "workflow", "cache", "services", "spec",
    ])
    /// What means something else where steps are named.
    static let steps: Set<String> = notText.union(["ready", "toolchain", "cache", "tier", "platforms"])

    init(reserved: Set<String>) { taken = reserved }

    mutating func slug(of names: [String]) -> String {
        var text = ""
        for letter in names.joined(separator: "-").lowercased() {
            if letter.isASCII, letter.isLetter || letter.isNumber {
                text.append(letter)
            } else if text.last != "-" {
                text.append("-")
            }
        }
        text = String(text.prefix(60).drop { $0 == "-" })
        while text.last == "-" { text.removeLast() }
        if text.isEmpty { text = "check" }
        if text.first?.isNumber == true { text = "check-" + text }
        var candidate = text
        var number = 2
        while !taken.insert(candidate).inserted {
            candidate = "\(text)-\(number)"
            number += 1
        }
        return candidate
    }
}

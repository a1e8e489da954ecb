/// Names that a forge's file may use, from names of checks.
struct Slugs {
    private var taken: Set<String>

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

/// Parts of a generated file that belong to the user: what stands between two marker lines is carried over.
struct KeptRegions {
    private var texts: [String: [String]] = [:]
    /// Names in the order they were found.
    private var names: [String] = []

    /// The empty region of a name, as it stands in a new file.
    static func markers(_ name: String, indent: Int) -> [String] {
        let pad = String(repeating: " ", count: indent)
        return ["\(pad)# keep-begin \(name)", "\(pad)# keep-end \(name)"]
    }

    /// Reads the regions of an existing file.
    ///
    /// - Throws: `GenerateProblem` for a region that does not end.
    init(_ text: String, path: String) throws(GenerateProblem) {
        var open: (name: String, line: Int)?
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split(separator: " ", maxSplits: 2)
            let isMarker = words.count == 3 && words[0] == "#"
            if isMarker, words[1] == "keep-begin", open == nil {
                open = (String(words[2]), number + 1)
                texts[String(words[2]), default: []] = []
                names.append(String(words[2]))
            } else if isMarker, words[1] == "keep-end", let name = open?.name, words[2] == name {
                open = nil
            } else if let name = open?.name {
                texts[name]?.append(String(line))
            }
        }
        if let open { throw .openRegion(path: path, line: open.line, name: open.name) }
    }

    init() {}

    /// A new file's lines with the kept text in their regions.
    ///
    /// - Throws: `GenerateProblem` when a region with text has no place any more.
    func filling(_ lines: [String], path: String) throws(GenerateProblem) -> [String] {
        var filled: [String] = []
        var placed: Set<String> = []
        for line in lines {
            filled.append(line)
            let words = line.split(separator: " ", maxSplits: 2)
            if words.count == 3, words[0] == "#", words[1] == "keep-begin", let text = texts[String(words[2])] {
                filled += text
                placed.insert(String(words[2]))
            }
        }
        let lost = names.first { name in
            !placed.contains(name) && texts[name]?.contains { !$0.allSatisfy(\.isWhitespace) } == true
        }
        if let lost { throw .lostRegion(path: path, name: lost) }
        return filled
    }
}

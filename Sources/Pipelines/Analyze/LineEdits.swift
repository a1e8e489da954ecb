/// A replacement of whole lines of a file.
package struct LineEdit: Sendable, Hashable {
    /// The first line that goes, from 1; where nothing goes, the line that new ones come before.
    package let line: Int
    /// How many lines go.
    package let count: Int
    package let lines: [String]
}

/// Line edits of one file as a patch that `git apply` takes.
package struct FilePatch {
    /// The lines of unified diff, without a line feed at the end; empty without edits.
    ///
    /// New lines end as the first line of the source does. Of edits that touch one another the first counts.
    package static func text(path: String, source: [String], edits: [LineEdit]) -> String {
        var chosen: [LineEdit] = []
        for edit in edits.sorted(by: { ($0.line, $0.count) < ($1.line, $1.count) }) {
            guard edit.line >= 1, edit.line + edit.count <= source.count + 1 else { continue }
            if let last = chosen.last, last.count == 0, edit.count == 0, last.line == edit.line {
                // Two insertions at one place are both made.
                if last.lines != edit.lines {
                    chosen[chosen.count - 1] = LineEdit(line: last.line, count: 0, lines: last.lines + edit.lines)
                }
                continue
            }
            if let last = chosen.last, edit.line < last.line + last.count { continue }
            chosen.append(edit)
        }
        guard !chosen.isEmpty else { return "" }
        let ending = source.first?.utf8.last == UInt8(ascii: "\r") ? "\r" : ""
        // A text that ends with a line feed has an empty last piece.
        let endsWithFeed = source.last == ""
        let lineCount = endsWithFeed ? source.count - 1 : source.count
        var out = ["--- a/\(path)", "+++ b/\(path)"]
        var shift = 0
        var index = 0
        while index < chosen.count {
            var group = [chosen[index]]
            while index + group.count < chosen.count,
                chosen[index + group.count].line - ((group.last?.line ?? 0) + (group.last?.count ?? 0)) <= 6
            {
                group.append(chosen[index + group.count])
            }
            index += group.count
            let first = max(1, group[0].line - 3)
            let end = min(lineCount, (group.last?.line ?? 1) + (group.last?.count ?? 0) + 2)
            var body: [String] = []
            var added = 0
            var removed = 0
            var line = first
            for edit in group {
                while line < edit.line {
                    body.append(" " + source[line - 1])
                    line += 1
                }
                for _ in 0..<edit.count {
                    body.append("-" + source[line - 1])
                    line += 1
                    removed += 1
                }
                body += edit.lines.map { "+" + $0 + ending }
                added += edit.lines.count
            }
            while line <= end {
                body.append(" " + source[line - 1])
                line += 1
            }
            let old = line - first
            out.append("@@ -\(first),\(old) +\(first + shift),\(old - removed + added) @@")
            out += body
            if line > lineCount, !endsWithFeed { out.append("\\ No newline at end of file") }
            shift += added - removed
        }
        return out.joined(separator: "\n")
    }
}

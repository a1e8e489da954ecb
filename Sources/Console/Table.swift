/// Columns that align, separated by two spaces; no line is longer than it must be.
package struct Table: Sendable {
    private var rows: [[String]] = []

    /// Creates an empty table.
    package init() {}

    /// Appends a row; rows may have different lengths.
    package mutating func add(_ cells: [String]) { rows.append(cells) }

    /// Whether there is no row.
    package var isEmpty: Bool { rows.isEmpty }

    /// The rows as lines without trailing spaces. The last column is cut with `…` to fit `width`, when given.
    package func lines(width: Int? = nil) -> [String] {
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], displayWidth(cell))
            }
        }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let gap = column == row.count - 1 ? 0 : widths[column] - displayWidth(cell) + 2
                line += cell + String(repeating: " ", count: gap)
            }
            while line.last == " " { line.removeLast() }
            guard let width, displayWidth(line) > width, width > 1 else { return line }
            return cut(line, to: width)
        }
    }

    /// Cuts behind the last piece that leaves room for the mark; an open style is closed.
    private func cut(_ line: String, to width: Int) -> String {
        var result = ""
        var used = 0
        var hasStyle = false
        for piece in displayPieces(line) {
            if used + piece.width > width - 1 { break }
            result += piece.text
            used += piece.width
            if piece.isEscape { hasStyle = true }
        }
        return result + "…" + (hasStyle ? "\u{1B}[0m" : "")
    }
}

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
            return width.map { cut(line, to: $0) } ?? line
        }
    }
}

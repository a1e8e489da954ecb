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

    private func cut(_ line: String, to width: Int) -> String {
        var result = ""
        var used = 0
        for character in line {
            let next = displayWidth(String(character))
            if used + next > width - 1 { break }
            result.append(character)
            used += next
        }
        return result + "…"
    }
}

/// The columns text takes on a terminal: East Asian wide characters and emoji count two, marks and escape codes none.
package func displayWidth(_ text: String) -> Int {
    var width = 0
    var inEscape = false
    for character in text {
        if inEscape {
            if character.isLetter { inEscape = false }
            continue
        }
        guard let scalar = character.unicodeScalars.first else { continue }
        if scalar == "\u{1B}" {
            inEscape = true
        } else if scalar.properties.isEmojiPresentation || isWide(scalar.value) {
            width += 2
        } else if scalar.properties.generalCategory != .nonspacingMark {
            width += 1
        }
    }
    return width
}

/// The main ranges of Unicode's East Asian Width W and F.
private func isWide(_ value: UInt32) -> Bool {
    switch value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
        0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
        true
    default:
        false
    }
}

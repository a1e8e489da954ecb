/// The columns text takes on a terminal: East Asian wide characters and emoji count two, marks and escape codes none.
package func displayWidth(_ text: String) -> Int {
    displayPieces(text).reduce(0) { $0 + $1.width }
}

/// What a terminal shows as one: a character, or an escape sequence that shows nothing.
struct DisplayPiece {
    let text: String
    let width: Int
    let isEscape: Bool
}

/// Splits text into characters and escape sequences (ESC, `[`, parameters, a letter or `~`).
func displayPieces(_ text: String) -> [DisplayPiece] {
    var pieces: [DisplayPiece] = []
    var escape: String?
    for character in text {
        if let open = escape {
            let isEnd = character.isLetter || character == "~"
            escape = isEnd ? nil : open + String(character)
            if isEnd { pieces.append(DisplayPiece(text: open + String(character), width: 0, isEscape: true)) }
        } else if character == "\u{1B}" {
            escape = "\u{1B}"
        } else {
            pieces.append(DisplayPiece(text: String(character), width: width(of: character), isEscape: false))
        }
    }
    if let escape { pieces.append(DisplayPiece(text: escape, width: 0, isEscape: true)) }
    return pieces
}

private func width(of character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    // U+FE0F asks for the colourful form of a sign that is narrow by itself.
    let isColourful = character.unicodeScalars.dropFirst().contains { $0.value == 0xFE0F }
    if scalar.properties.isEmojiPresentation || isWide(scalar.value) || isColourful { return 2 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: return 1
    }
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

/// The text with `…` for what is beyond a width; cut behind the last piece that leaves room, and an open style is closed.
package func cut(_ text: String, to width: Int) -> String {
    guard width > 1, displayWidth(text) > width else { return text }
    var result = ""
    var used = 0
    var hasStyle = false
    for piece in displayPieces(text) {
        if used + piece.width > width - 1 { break }
        result += piece.text
        used += piece.width
        if piece.isEscape { hasStyle = true }
    }
    return result + "…" + (hasStyle ? "\u{1B}[0m" : "")
}

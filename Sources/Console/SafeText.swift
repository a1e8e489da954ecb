/// Returns foreign text made safe for a terminal: control characters (C0, DEL, C1), line separators and signs that turn
/// the direction of text become `?`.
///
/// Line feeds and tabs stay when `multiline`, and a CRLF becomes a line feed; otherwise each becomes a space.
///
/// - Parameter keepsStyles: whether the sequences of `TextStyle` stay; no other escape sequence ever does.
package func safeForTerminal(_ text: String, multiline: Bool = false, keepsStyles: Bool = false) -> String {
    // Most text is plain, and nothing below the quotation mark but a blank needs a second look.
    if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text }
    var result = String.UnicodeScalarView()
    var scalars = text.unicodeScalars[...]
    while let scalar = scalars.popFirst() {
        switch scalar.value {
        case 0x1B where keepsStyles:
            let sequence = scalars.prefix(5).prefix { $0.value < 0x6D }
            let code = String(Substring(sequence.dropFirst()))
            let isStyle = sequence.first == "[" && (code == "0" || TextStyle(rawValue: code) != nil)
            guard isStyle, scalars.dropFirst(sequence.count).first == "m" else {
                result.append("?")
                continue
            }
            result.append(contentsOf: [scalar] + sequence + ["m"])
            scalars = scalars.dropFirst(sequence.count + 1)
        case 0x0D where scalars.first?.value == 0x0A: continue
        case 0x09, 0x0A: result.append(multiline ? scalar : " ")
        case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: result.append("?")
        default: result.append(scalar)
        }
    }
    return String(result)
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What is known about one of the three standard streams.
package struct Terminal: Sendable {
    /// Whether the stream is a terminal.
    package let isInteractive: Bool
    /// Whether colour may be used: a terminal, `NO_COLOR` unset or empty, `TERM` not `dumb`.
    package let hasColor: Bool
    /// Columns; 80 when unknown.
    package let width: Int

    /// Inspects a file descriptor and the environment.
    package static func of(descriptor: Int32) -> Terminal {
        let interactive = isatty(descriptor) == 1
        let dumb = environment("TERM") == "dumb"
        let plain = environment("NO_COLOR").map { !$0.isEmpty } ?? false
        var size = winsize()
        let measured = interactive && ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        let width = environment("COLUMNS").flatMap(Int.init) ?? (measured ? Int(size.ws_col) : 80)
        return Terminal(isInteractive: interactive, hasColor: interactive && !dumb && !plain, width: max(20, width))
    }

    private static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}

/// A colour or weight of text; never the only carrier of a meaning.
package enum TextStyle: String, Sendable {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case cyan = "36"

    /// Wraps text in the escape sequences when `enabled`.
    package func apply(to text: String, enabled: Bool) -> String {
        enabled ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
    }
}

/// Returns foreign text made safe for a terminal: control characters (C0, DEL, C1) and bidirectional overrides become `?`.
///
/// Line feeds and tabs stay when `multiline`; otherwise they become one space.
package func safeForTerminal(_ text: String, multiline: Bool = false) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        switch scalar.value {
        case 0x09, 0x0A: result.append(multiline ? scalar : " ")
        case 0x00...0x1F, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069, 0x200E, 0x200F: result.append("?")
        default: result.append(scalar)
        }
    }
    return String(result)
}

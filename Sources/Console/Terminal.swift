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

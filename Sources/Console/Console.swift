import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where a command's words go: the result to standard output, everything else to standard error.
///
/// Whatever is printed, titles and names of others among it, is made safe for terminals here.
package struct Console: Sendable {
    /// How much is said on standard error.
    package enum Verbosity: Int, Sendable, Comparable {
        case quiet
        case normal
        case verbose

        package static func < (left: Verbosity, right: Verbosity) -> Bool { left.rawValue < right.rawValue }
    }

    /// How much is said on standard error.
    package let verbosity: Verbosity
    /// What is known of standard output.
    package let output: Terminal
    /// What is known of standard error.
    package let diagnostics: Terminal
    private let resultDescriptor: Int32
    private let wordsDescriptor: Int32

    /// Creates a console over the process's standard streams, or over other descriptors, which stay open.
    package init(verbosity: Verbosity = .normal, results: Int32 = 1, words: Int32 = 2) {
        self.verbosity = verbosity
        self.output = .of(descriptor: results)
        self.diagnostics = .of(descriptor: words)
        self.resultDescriptor = results
        self.wordsDescriptor = words
    }

    /// Writes one line of the result to standard output, whatever the verbosity.
    package func result(_ line: String) { write(clean(line, output) + "\n", to: resultDescriptor) }

    /// Writes text to standard output as it is.
    package func raw(_ text: String) { write(text, to: resultDescriptor) }

    /// Writes bytes to standard output as they are.
    package func raw(bytes: [UInt8]) { write(bytes, to: resultDescriptor) }

    /// Writes one line about something that happened to standard error; silent under `--quiet`.
    package func note(_ line: String) {
        if verbosity >= .normal { write(clean(line, diagnostics) + "\n", to: wordsDescriptor) }
    }

    /// Writes one line of detail to standard error; only under `--verbose`.
    package func detail(_ line: String) {
        if verbosity >= .verbose {
            write(
                TextStyle.dim.apply(to: clean(line, diagnostics), enabled: diagnostics.hasColor) + "\n",
                to: wordsDescriptor)
        }
    }

    /// Writes a line over the last one of its kind, to a terminal only; an empty text takes it away.
    package func status(_ text: String) {
        guard verbosity >= .normal, diagnostics.isInteractive else { return }
        let shown = String(text.prefix(max(1, diagnostics.width - 1)))
        write("\r\u{1B}[2K" + TextStyle.dim.apply(to: shown, enabled: diagnostics.hasColor), to: wordsDescriptor)
    }

    /// Writes `warning: …` to standard error, whatever the verbosity.
    package func warning(_ text: String) { label("warning:", .yellow, text) }

    /// Writes `error: …` to standard error, whatever the verbosity.
    package func error(_ text: String) { label("error:", .red, text) }

    /// Writes `hint: …` to standard error, one line per line of text; silent under `--quiet`.
    package func hint(_ text: String) {
        guard verbosity >= .normal else { return }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            label("hint:", .cyan, String(line))
        }
    }

    /// Returns text in a style for standard output, plain when colour is off there.
    package func styled(_ text: String, _ style: TextStyle) -> String {
        style.apply(to: text, enabled: output.hasColor)
    }

    private func label(_ word: String, _ style: TextStyle, _ text: String) {
        let text = clean(text, diagnostics)
        write("\(style.apply(to: word, enabled: diagnostics.hasColor)) \(text)\n", to: wordsDescriptor)
    }

    private func clean(_ text: String, _ terminal: Terminal) -> String {
        safeForTerminal(text, multiline: true, keepsStyles: terminal.hasColor)
    }

    private func write(_ text: String, to descriptor: Int32) { write(Array(text.utf8), to: descriptor) }

    private func write(_ bytes: [UInt8], to descriptor: Int32) {
        guard descriptor == resultDescriptor else { return writeAll(bytes, to: descriptor) }
        Console.wroteResult.withLock { wrote in
            wrote = true
            writeAll(bytes, to: descriptor)
        }
    }

    /// Whether this process has written a result, and the right to write one.
    private static let wroteResult = Mutex(false)

    /// Whether this process has written anything to standard output.
    package static var hasResult: Bool { wroteResult.withLock { $0 } }

    /// Ends the process, whatever other threads do; what they are writing is written to its end.
    ///
    /// - Parameter line: the result, asked for where nothing was written yet.
    package func end(_ status: Int32, result line: () -> String?) -> Never {
        Console.wroteResult.withLock { wrote in
            if !wrote, let line = line() { writeAll(Array((clean(line, output) + "\n").utf8), to: resultDescriptor) }
            _exit(status)
        }
    }

    /// Writes all bytes; a reader that went away ends the process quietly, as it does for git.
    private func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { posixWrite(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN {
                usleep(1000)
                continue
            }
            if count < 0 && errno == EPIPE && descriptor == resultDescriptor { exit(ExitStatus.signal(SIGPIPE)) }
            guard count > 0 else { return }
            offset += count
        }
    }
}

#if canImport(Glibc)
    private let posixWrite = Glibc.write
#elseif canImport(Musl)
    private let posixWrite = Musl.write
#else
    private let posixWrite = Darwin.write
#endif

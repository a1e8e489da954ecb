/// Writes problems the way git does: `error: …`, then `hint:` lines, and gives the exit code.
extension Console {
    /// Writes an error with the paths it does not name itself and its hints; text from outside has control characters
    /// stripped.
    package func report(_ text: String, paths: [String] = [], hints: [String] = []) {
        error(safeForTerminal(text, multiline: true))
        let paths = paths.filter { !text.contains("'\($0)'") && !text.contains("\($0):") }
        for path in paths.prefix(20) { note("  " + safeForTerminal(path)) }
        if paths.count > 20 { note("  … and \(paths.count - 20) more") }
        for hint in hints { self.hint(safeForTerminal(hint, multiline: true)) }
    }
}

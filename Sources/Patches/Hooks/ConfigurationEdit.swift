import GitProcess

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One change to a git configuration file that can be taken back byte for byte.
///
/// git edits a copy; the copy replaces the file in one step while git's own lock (`FILE.lock`) is held.
struct ConfigurationEdit: Sendable {
    /// The lines that a change replaced.
    struct Change: Hashable, Sendable, Codable {
        /// The lines before, whole lines with their line feeds.
        var old: [UInt8]
        /// The lines after.
        var new: [UInt8]
        /// Whether there was a file before.
        var existed: Bool
    }

    let git: GitProgram
    /// The file; a link is followed, as git does.
    let path: String
    /// A folder for the copy.
    let workFolder: String

    init(git: GitProgram, path: String, workFolder: String) {
        self.git = git
        self.path = resolvedPath(path) ?? path
        self.workFolder = workFolder
    }

    /// Takes back an earlier change where its lines still stand, else by `fallback`; then makes the new one.
    ///
    /// - Parameters:
    ///   - fallback: arguments for `git config --file COPY`, one list per call; a failure of them is fine.
    ///   - commands: the same for the new change; they must succeed.
    ///   - prepared: called with the new change before the file is replaced, so that it can be recorded first.
    func replace(
        _ earlier: Change?, fallback: [[String]] = [], commands: [[String]] = [],
        prepared: (Change?) throws(HooksProblem) -> Void = { _ in }
    ) async throws {
        let lock = path + ".lock"
        try await takeLock(lock)
        defer { unlink(lock) }
        let before = try HookFiles.read(path)
        var base = before ?? []
        var isGone = before == nil
        if let earlier, let restored = ConfigurationEdit.takingBack(earlier, from: base) {
            base = restored
            isGone = restored.isEmpty && !earlier.existed
        } else {
            base = try await edited(base, fallback, mustSucceed: false)
        }
        let after = try await edited(base, commands, mustSucceed: true)
        try prepared(commands.isEmpty ? nil : ConfigurationEdit.change(from: base, to: after, existed: !isGone))
        if isGone && after.isEmpty {
            try HookFiles.remove(path)
        } else if after != before {
            try HookFiles.write(after, to: path, mode: HookFiles.mode(of: path) ?? 0o644)
        }
    }

    /// Takes git's lock; one that a killed process of ours left behind is removed, anybody else's is waited for.
    private func takeLock(_ lock: String) async throws {
        for attempt in 0..<40 {
            let descriptor = open(lock, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if descriptor >= 0 {
                return try HookFiles.fill(
                    descriptor, with: Array("git-patch \(getpid())\n".utf8), path: lock, mode: 0o600)
            }
            guard errno == EEXIST else { throw HookFiles.problem(path) }
            if ConfigurationEdit.isAbandoned(lock) {
                try HookFiles.remove(lock)
            } else if attempt < 39 {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        throw HooksProblem.locked(path)
    }

    private static func isAbandoned(_ lock: String) -> Bool {
        guard let bytes = try? HookFiles.read(lock) else { return false }  // Unreadable: not known to be ours.
        let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count == 2, words[0] == "git-patch", let owner = pid_t(words[1]) else { return false }
        return kill(owner, 0) != 0 && errno == ESRCH
    }

    /// Lets git edit a copy.
    private func edited(_ bytes: [UInt8], _ commands: [[String]], mustSucceed: Bool) async throws -> [UInt8] {
        if commands.isEmpty { return bytes }
        let copy = workFolder + "/config.\(getpid())"
        try HookFiles.write(bytes, to: copy, mode: 0o600)
        defer { unlink(copy) }
        for command in commands {
            let arguments = ["config", "--file", copy] + command
            if mustSucceed { _ = try await git.output(arguments) } else { _ = try await git.run(arguments) }
        }
        return try HookFiles.read(copy) ?? []
    }

    /// The file without the change; `nil` when its lines do not stand there exactly once.
    static func takingBack(_ change: Change, from bytes: [UInt8]) -> [UInt8]? {
        guard !change.new.isEmpty, bytes.count >= change.new.count else { return nil }
        let places = (0...(bytes.count - change.new.count)).filter { bytes[$0...].starts(with: change.new) }
        guard places.count == 1, let start = places.first else { return nil }
        return Array(bytes[..<start]) + change.old + Array(bytes[(start + change.new.count)...])
    }

    /// What differs, widened to whole lines.
    static func change(from before: [UInt8], to after: [UInt8], existed: Bool) -> Change {
        let newline = UInt8(ascii: "\n")
        let shorter = min(before.count, after.count)
        var head = 0
        while head < shorter, before[head] == after[head] { head += 1 }
        while head > 0, after[head - 1] != newline { head -= 1 }
        var tail = 0
        while tail < shorter - head, before[before.count - 1 - tail] == after[after.count - 1 - tail] { tail += 1 }
        while tail > 0, after[after.count - tail - 1] != newline { tail -= 1 }
        return Change(
            old: Array(before[head..<(before.count - tail)]), new: Array(after[head..<(after.count - tail)]),
            existed: existed)
    }
}

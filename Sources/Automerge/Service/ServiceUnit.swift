package import GitValues

/// The definition of a service of the user that runs `git automerge run --watch` for one repository.
package struct ServiceUnit: Sendable {
    /// What starts services on this kind of machine.
    package enum Kind: Sendable {
        /// A unit of systemd's user manager.
        case systemd
        /// An agent of launchd.
        case launchd
    }

    package let kind: Kind
    /// The absolute path of `git-automerge`.
    package let program: String
    /// The arguments after `run --watch`.
    package let arguments: [String]
    /// The top of the worktree it works in.
    package let worktree: String
    /// Where its output goes with launchd; systemd has the journal.
    package let log: String

    /// Creates a definition.
    package init(kind: Kind, program: String, arguments: [String], location: RepositoryLocation) {
        self.kind = kind
        self.program = program
        self.arguments = arguments
        worktree = location.worktree
        log = location.storeDirectory + "/service.log"
    }

    /// The name, one per worktree: the folder's, and enough of a hash to tell two of the same name apart.
    package var name: String {
        let folder = worktree.split(separator: "/").last.map(String.init) ?? "repository"
        let word = String(
            folder.unicodeScalars.map {
                $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil) ? Character($0) : "-"
            })
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in worktree.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16).suffix(8)
        switch kind {
        case .systemd: return "git-automerge-\(word)-\(digits).service"
        case .launchd: return "org.git-patch.automerge.\(word)-\(digits)"
        }
    }

    /// Where the definition goes, below the user's home.
    package func path(home: String, configuration: String?) -> String {
        switch kind {
        case .systemd: "\(configuration ?? home + "/.config")/systemd/user/\(name)"
        case .launchd: "\(home)/Library/LaunchAgents/\(name).plist"
        }
    }

    /// The commands that start it now and at every log-in.
    package func start(path: String) -> [[String]] {
        switch kind {
        case .systemd:
            [["systemctl", "--user", "daemon-reload"], ["systemctl", "--user", "enable", "--now", name]]
        case .launchd: [["launchctl", "load", "-w", path]]
        }
    }

    /// The commands that end it, before its definition goes.
    package func end(path: String) -> [[String]] {
        switch kind {
        case .systemd: [["systemctl", "--user", "disable", "--now", name]]
        case .launchd: [["launchctl", "unload", "-w", path]]
        }
    }

    /// The text of the definition.
    package var text: String {
        let words = [program, "run", "--watch"] + arguments
        switch kind {
        case .systemd:
            // A worker that finds another one at work ends with 75 and is started again later.
            return """
                [Unit]
                Description=Lands patches of \(ServiceUnit.percent(worktree))
                After=network-online.target

                [Service]
                Type=exec
                WorkingDirectory=\(ServiceUnit.percent(worktree))
                ExecStart=\(words.map(ServiceUnit.quoted).joined(separator: " "))
                Restart=on-failure
                RestartSec=30
                Nice=10

                [Install]
                WantedBy=default.target

                """
        case .launchd:
            let strings = words.map { "        <string>\(XMLText.escaped($0))</string>\n" }.joined()
            return """
                <?xml version="1.0" encoding="UTF-8"?>
                <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
                <plist version="1.0">
                <dict>
                    <key>Label</key>
                    <string>\(XMLText.escaped(name))</string>
                    <key>ProgramArguments</key>
                    <array>
                \(strings)    </array>
                    <key>WorkingDirectory</key>
                    <string>\(XMLText.escaped(worktree))</string>
                    <key>RunAtLoad</key>
                    <true/>
                    <key>KeepAlive</key>
                    <dict>
                        <key>SuccessfulExit</key>
                        <false/>
                    </dict>
                    <key>ThrottleInterval</key>
                    <integer>30</integer>
                    <key>StandardErrorPath</key>
                    <string>\(XMLText.escaped(log))</string>
                    <key>StandardOutPath</key>
                    <string>\(XMLText.escaped(log))</string>
                </dict>
                </plist>

                """
        }
    }

    /// systemd.unit(5), SPECIFIERS: a percent sign stands for itself only when doubled.
    private static func percent(_ text: String) -> String { text.replacing("%", with: "%%") }

    /// systemd.service(5), COMMAND LINES.
    private static func quoted(_ word: String) -> String {
        let inner = percent(word).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("$", with: "$$")
        return "\"\(inner)\""
    }
}

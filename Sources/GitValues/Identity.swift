/// A person and a time, as git writes them into commits: `Name <mail> 1700000000 +0100`.
package struct Identity: Hashable, Sendable, Codable {
    /// The name; may be empty only when git allowed it.
    package var name: String
    /// The mail address, without angle brackets.
    package var mail: String
    /// Seconds since the epoch.
    package var seconds: Int64
    /// Minutes east of UTC.
    package var offsetMinutes: Int

    /// Creates an identity from its parts.
    package init(name: String, mail: String, seconds: Int64, offsetMinutes: Int) {
        self.name = name
        self.mail = mail
        self.seconds = seconds
        self.offsetMinutes = offsetMinutes
    }

    /// Parses what `git var GIT_AUTHOR_IDENT` prints; `nil` when a part is missing.
    package init?(_ line: some StringProtocol) {
        let text = line.last == "\n" ? String(line.dropLast()) : String(line)
        guard let close = text.lastIndex(of: ">"), let open = text[..<close].lastIndex(of: "<") else { return nil }
        let rest = text[text.index(after: close)...].split(separator: " ")
        guard rest.count == 2, let seconds = Int64(rest[0]), let zone = Int(rest[1]), (-9999...9999).contains(zone)
        else {
            return nil
        }
        let sign = zone < 0 ? -1 : 1
        self.init(
            name: String(text[..<open].drop { $0 == " " }).trimmingSpaceAtEnd,
            mail: String(text[text.index(after: open)..<close]),
            seconds: seconds, offsetMinutes: sign * (abs(zone) / 100 * 60 + abs(zone) % 100))
    }

    /// The form git stores.
    package var line: String {
        let minutes = abs(offsetMinutes)
        let zone = String(minutes / 60 * 100 + minutes % 60)
        let padded = String(repeating: "0", count: max(0, 4 - zone.count)) + zone
        return "\(name) <\(mail)> \(seconds) \(offsetMinutes < 0 ? "-" : "+")\(padded)"
    }
}

extension String {
    fileprivate var trimmingSpaceAtEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}

/// The URL of a remote, taken apart as far as a forge needs it: host and the path of the repository there.
package struct RemoteAddress: Hashable, Sendable {
    package enum Transport: String, Sendable {
        case https, http, ssh, git
    }

    package let transport: Transport
    /// In lower case.
    package let host: String
    package let port: Int?
    /// Everything before the last part of the path: an owner, or a group with its subgroups.
    package let owner: String
    package let name: String

    /// Owner and name.
    package var path: String { "\(owner)/\(name)" }

    /// Reads a URL or the short form `user@host:path`; `nil` for a path of this machine and for what no forge has.
    package init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
        let path: Substring
        if let scheme = text.firstRange(of: "://") {
            switch text[..<scheme.lowerBound].lowercased() {
            case "https": transport = .https
            case "http": transport = .http
            case "ssh", "git+ssh", "ssh+git": transport = .ssh
            case "git": transport = .git
            default: return nil
            }
            let rest = text[scheme.upperBound...]
            let authority = rest.prefix { $0 != "/" }
            let place = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
            guard let (host, port) = RemoteAddress.split(place) else { return nil }
            self.host = host
            self.port = port
            path = rest[authority.endIndex...].prefix { $0 != "?" && $0 != "#" }
        } else {
            // As git does: a colon before the first slash, and no drive letter.
            guard let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") else { return nil }
            let place = text[..<colon].split(separator: "@", omittingEmptySubsequences: false).last ?? ""
            guard let (host, _) = RemoteAddress.split(place), host.utf8.count > 1 else { return nil }
            transport = .ssh
            self.host = host
            port = nil
            path = text[text.index(after: colon)...]
        }
        var parts = path.split(separator: "/")
        guard let last = parts.popLast(), !parts.isEmpty, !(parts + [last]).contains(where: { $0 == "." || $0 == ".." })
        else { return nil }
        let name = last.hasSuffix(".git") ? last.dropLast(4) : last
        guard !name.isEmpty else { return nil }
        self.name = String(name)
        owner = parts.joined(separator: "/")
    }

    private static func split(_ place: Substring) -> (host: String, port: Int?)? {
        let parts = place.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first, !host.isEmpty, parts.count <= 2,
            host.allSatisfy({ $0.isLetter || $0.isNumber || "-._".contains($0) })
        else { return nil }
        guard parts.count == 2, !parts[1].isEmpty else { return (host.lowercased(), nil) }
        guard let port = Int(parts[1]), (1...65535).contains(port) else { return nil }
        return (host.lowercased(), port)
    }
}

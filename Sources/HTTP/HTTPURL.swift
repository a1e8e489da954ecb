/// An address of a server: https, or http on the machine itself and nowhere else.
///
/// Only plain forms are taken: no user, no password, no fragment, nothing that two parsers could read differently.
package struct HTTPURL: Hashable, Sendable, CustomStringConvertible {
    /// `https` or `http`.
    package let scheme: String
    /// In lower case, an IPv6 address in brackets.
    package let host: String
    /// Absent: the usual one of the scheme.
    package let port: Int?
    /// Path and query, `/` at least.
    package let target: String

    /// Reads an address.
    ///
    /// - Throws: `HTTPProblem` with code `badAddress`.
    package init(_ text: String) throws(HTTPProblem) {
        func refuse(_ reason: String) -> HTTPProblem {
            HTTPProblem(.badAddress, "'\(HTTPURL.shown(text))' is no address to speak to: \(reason)")
        }
        guard let colon = text.firstRange(of: "://") else { throw refuse("it lacks https://") }
        scheme = text[..<colon.lowerBound].lowercased()
        guard scheme == "https" || scheme == "http" else { throw refuse("only https is spoken") }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else {
            throw refuse("it holds characters that must be escaped")
        }
        let rest = text[colon.upperBound...]
        let authority = rest.prefix { !"/?#".contains($0) }
        var target = String(rest[authority.endIndex...].prefix { $0 != "#" })
        if !target.hasPrefix("/") { target = "/" + target }
        self.target = target
        guard !authority.contains("@") else { throw refuse("a user or password does not belong there") }
        let (host, port) = try HTTPURL.split(authority, refuse)
        self.host = host
        self.port = port
        guard scheme == "https" || HTTPURL.isLoopback(host) else {
            throw refuse("http is for this machine only, other hosts need https")
        }
    }

    private init(scheme: String, host: String, port: Int?, target: String) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.target = target
    }

    private static func split(
        _ authority: Substring, _ refuse: (String) -> HTTPProblem
    ) throws(HTTPProblem) -> (String, Int?) {
        var host = authority
        var port: Int?
        let end = authority.hasPrefix("[") ? authority.firstIndex(of: "]") : authority.startIndex
        guard let end else { throw refuse("its host is incomplete") }
        if let colon = authority[end...].lastIndex(of: ":") {
            host = authority[..<colon]
            let digits = authority[authority.index(after: colon)...]
            guard digits.allSatisfy(\.isNumber), let number = Int(digits), (1...65535).contains(number) else {
                throw refuse("'\(digits)' is no port")
            }
            port = number
        }
        let allowed = host.hasPrefix("[") ? "0123456789abcdefABCDEF:.[]%" : nil
        let isPlain = host.allSatisfy { letter in
            allowed?.contains(letter) ?? (letter.isLetter || letter.isNumber || "-._".contains(letter))
        }
        guard !host.isEmpty, isPlain else { throw refuse("its host is none") }
        return (host.lowercased(), port)
    }

    /// Another path of the same server; the text begins with `/`.
    package func with(target: String) -> HTTPURL {
        HTTPURL(scheme: scheme, host: host, port: port, target: target.hasPrefix("/") ? target : "/" + target)
    }

    /// The same address with more path, and a query.
    package func appending(_ path: String) -> HTTPURL {
        let base = target.hasSuffix("/") ? String(target.dropLast()) : target
        return with(target: base + (path.hasPrefix("/") || path.hasPrefix("?") ? path : "/" + path))
    }

    /// Where a redirect leads, seen from here.
    func following(_ location: String) throws(HTTPProblem) -> HTTPURL {
        if location.contains("://") { return try HTTPURL(location) }
        if location.hasPrefix("//") { return try HTTPURL("\(scheme):\(location)") }
        if location.hasPrefix("/") { return try HTTPURL("\(origin)\(location)") }
        let path = target.prefix { $0 != "?" }
        let folder = path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex)
        return try HTTPURL("\(origin)\(folder)\(location)")
    }

    /// Scheme, host and port: who gets to see what is sent there.
    package var origin: String { "\(scheme)://\(authority)" }

    /// Host and port.
    package var authority: String { port.map { "\(host):\($0)" } ?? host }

    /// Whether two addresses are of one server.
    func isSameOrigin(as other: HTTPURL) -> Bool {
        scheme == other.scheme && host == other.host && effectivePort == other.effectivePort
    }

    private var effectivePort: Int { port ?? (scheme == "https" ? 443 : 80) }

    /// Whether the host is this machine.
    package var isLoopback: Bool { HTTPURL.isLoopback(host) }

    package var description: String { origin + target }

    private static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// An address for messages: without what may be a password.
    private static func shown(_ text: String) -> String {
        guard let scheme = text.firstRange(of: "://") else { return text }
        let rest = text[scheme.upperBound...]
        let authority = rest.prefix { !"/?#".contains($0) }
        guard let at = authority.lastIndex(of: "@") else { return text }
        return String(text[..<scheme.upperBound]) + "…@" + rest[authority.index(after: at)...]
    }
}

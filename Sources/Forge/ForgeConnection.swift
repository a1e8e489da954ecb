package import GitValues
package import HTTP
import Synchronization

/// A forge's answer: a status that is no failure of the way, and its JSON.
package struct ForgeAnswer: Sendable {
    package var status: Int
    package var json: JSONValue
    package var response: HTTPResponse

    package var isSuccess: Bool { (200..<300).contains(status) }
    /// The message forges put into their errors, cleaned.
    package var message: String {
        let texts = [json["message"].string, json["error"].string, json["error_description"].string]
        let details = json["errors"].array.compactMap { $0["message"].string ?? $0.string }
        let listed = json["message"].array.compactMap(\.string)
        let words = (texts.compactMap { $0 }.prefix(1) + listed + details).joined(separator: ": ")
        return cleaned(words.isEmpty ? "status \(status)" : words)
    }
}

/// The way to one forge with one token: knows limits, lost answers and what a status means everywhere.
package final class ForgeConnection: Sendable {
    package let api: HTTPURL
    private let client: HTTPClient
    private let headers: [HTTPHeader]
    private let throttle: ForgeThrottle
    /// What `throttle` remembers, for when it has no place to keep it.
    private let resting = Mutex<Timestamp?>(nil)
    private let now: @Sendable () -> Timestamp
    /// The most seconds one request takes.
    private let timeout: Double

    /// Creates a connection; nothing is contacted.
    ///
    /// - Parameter headers: go with every request, the token's among them.
    package init(
        api: HTTPURL, client: HTTPClient, headers: [HTTPHeader], throttle: ForgeThrottle, timeout: Double = 30,
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        self.api = api
        self.client = client
        self.headers = headers
        self.throttle = throttle
        self.timeout = timeout
        self.now = now
    }

    /// Asks for something below the root of the interface.
    package func call(
        _ method: HTTPRequest.Method, _ path: String, _ body: JSONValue? = nil, headers extra: [HTTPHeader] = []
    ) throws(ForgeFailure) -> ForgeAnswer {
        try call(method, api.appending(path), body, headers: extra, changes: method != .get)
    }

    /// Asks for an address.
    ///
    /// - Parameter changes: whether the request has an effect there: then a lost answer is `unknown`.
    package func call(
        _ method: HTTPRequest.Method, _ url: HTTPURL, _ body: JSONValue?, headers extra: [HTTPHeader] = [],
        changes: Bool
    ) throws(ForgeFailure) -> ForgeAnswer {
        let now = now()
        if let time = throttle.until(now: now) ?? resting.withLock({ $0.flatMap { $0 > now ? $0 : nil } }) {
            throw .rateLimited(until: time, "'\(api.authority)' asked for a rest until \(time)")
        }
        var request = HTTPRequest(method, url, headers: headers + extra, isRepeatable: !changes)
        request.timeout = timeout
        if let body {
            request.body = body.bytes
            request.headers.append(HTTPHeader("Content-Type", "application/json"))
        } else if method != .get {
            request.body = []
        }
        let response: HTTPResponse
        do {
            response = try client.send(request).withoutSecrets(of: request.headers)
        } catch {
            switch error.code {
            case .badAddress, .noLibrary, .redirected:
                throw .needsHuman(error.message, hint: error.hints.first)
            case .unreachable: throw .unreachable(error.message)
            case .lost, .tooLarge: throw lost(cleaned(error.message), changes)
            }
        }
        return try judge(response, changes)
    }

    private func lost(_ words: String, _ changes: Bool) -> ForgeFailure {
        changes ? .unknown(words) : .transient(words)
    }

    private func judge(_ response: HTTPResponse, _ changes: Bool) throws(ForgeFailure) -> ForgeAnswer {
        let host = api.authority
        let json = response.body.isEmpty ? JSONValue.null : JSONValue(bytes: response.body)
        let answer = ForgeAnswer(status: response.status, json: json ?? .null, response: response)
        if let until = limit(in: answer) {
            rest(until: until)
            throw .rateLimited(until: until, "'\(host)' limits requests until \(until): \(answer.message)")
        }
        if response.status == 401 {
            throw .needsHuman(
                "'\(host)' does not accept the token: \(answer.message)",
                hint: "set GITPATCH_TOKEN to a valid one")
        }
        if response.status >= 500 { throw lost("'\(host)' answered \(response.status): \(answer.message)", changes) }
        guard let json, response.status >= 200 else {
            throw lost("'\(host)' answered something that is no JSON", changes)
        }
        return ForgeAnswer(status: response.status, json: json, response: response)
    }

    /// Until when the forge wants to be left alone; `nil` when it does not say so.
    private func limit(in answer: ForgeAnswer) -> Timestamp? {
        let response = answer.response
        let text = answer.message.lowercased()
        let isLimit =
            response.status == 429
            || response.status == 403
                && (response[header: "retry-after"] != nil || response[header: "x-ratelimit-remaining"] == "0"
                    || text.contains("rate limit") || text.contains("abuse detection"))
        return isLimit ? rest(after: response) : nil
    }

    /// When a limit is over: what the headers say, else a minute. More than a month is no time a forge means.
    private func rest(after response: HTTPResponse) -> Timestamp {
        let now = now()
        var seconds: Double?
        if let text = response[header: "retry-after"], let value = Double(text) ?? date(text)?.seconds(since: now) {
            seconds = value
        } else if let text = response[header: "x-ratelimit-reset"] ?? response[header: "ratelimit-reset"],
            let reset = Int64(text)
        {
            seconds = Timestamp(seconds: reset).seconds(since: now)
        }
        guard let seconds, seconds <= 31 * 86_400 else { return now.adding(seconds: 60) }
        return now.adding(seconds: max(seconds, 0))
    }

    /// `Fri, 31 Dec 1999 23:59:59 GMT`, the other way of writing Retry-After (RFC 9110, 5.6.7).
    private func date(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count == 6, let month = months.firstIndex(of: String(words[2])) else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp("\(words[3])-\(number)-\(words[1])T\(words[4])Z")
    }

    private func rest(until time: Timestamp) {
        resting.withLock { $0 = max($0 ?? time, time) }
        throttle.rest(until: time)
    }

    /// Records a limit that was told with status 200, as GraphQL does, and returns the failure it is.
    package func limited(_ response: HTTPResponse, _ words: String) -> ForgeFailure {
        let until = rest(after: response)
        rest(until: until)
        return .rateLimited(until: until, "'\(api.authority)' limits requests until \(until): \(words)")
    }
}

extension ForgeAnswer {
    /// What a refusal means where the adapter knows nothing more precise.
    package func failure(_ what: String) -> ForgeFailure {
        switch status {
        case 403: return .needsHuman("the token may not \(what): \(message)", hint: scopeHint)
        case 404, 410: return .gone("cannot \(what): \(message)")
        case 409: return .conflict("cannot \(what): \(message)")
        case 400, 405, 406, 422: return .invalid("cannot \(what): \(message)")
        default: return .transient("cannot \(what): \(message)")
        }
    }

    private var scopeHint: String {
        let wanted = response[header: "x-accepted-oauth-scopes"] ?? ""
        let scopes = wanted.isEmpty ? "" : ", it takes the scope \(cleaned(wanted))"
        return "give it the permission\(scopes)"
    }
}

/// A text as one part of a path.
package func pathComponent(_ text: String) -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
        if plain.contains(byte) {
            bytes.append(byte)
        } else {
            bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

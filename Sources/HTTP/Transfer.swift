import CCurl

/// A handle of libcurl; it holds the connections that are kept.
struct Transfer: ~Copyable {
    private var handle: OpaquePointer?

    deinit { ccurl_transfer_free(handle) }

    /// Sends one request; redirects are answers here.
    mutating func perform(
        _ request: HTTPRequest, _ network: HTTPClient.Network, _ userAgent: String
    ) throws(HTTPProblem) -> HTTPResponse {
        if handle == nil { handle = ccurl_transfer_create() }
        guard let handle else {
            throw HTTPProblem(.noLibrary, ccurl_load().map { String(cString: $0) } ?? "libcurl gives no handle")
        }
        let lines = try headerLines(of: request, userAgent)
        var answer = ccurl_answer()
        defer { ccurl_answer_free(&answer) }
        withCStrings([request.method.rawValue, request.url.description] + lines) { texts in
            withOptionalCString(network.certificates) { certificates in
                withOptionalCString(network.proxy) { proxy in
                    (request.body ?? []).withUnsafeBufferPointer { body in
                        var empty: UInt8 = 0
                        withUnsafePointer(to: &empty) { nothing in
                            var call = ccurl_request()
                            call.method = texts[0]
                            call.url = texts[1]
                            call.headers = texts.advanced(by: 2)
                            if request.body != nil { call.body = body.baseAddress ?? nothing }
                            call.body_size = body.count
                            call.connect_timeout_ms = milliseconds(request.connectTimeout)
                            call.timeout_ms = milliseconds(request.timeout)
                            call.limit = max(0, request.limit)
                            call.ca_file = certificates
                            call.proxy = proxy
                            call.bypass_proxy = request.url.isLoopback ? 1 : 0
                            call.fresh_connection = request.isRepeatable ? 0 : 1
                            ccurl_perform(handle, &call, &answer)
                        }
                    }
                }
            }
        }
        return try response(answer, to: request)
    }

    private func headerLines(of request: HTTPRequest, _ userAgent: String) throws(HTTPProblem) -> [String] {
        var headers = request.headers
        if !headers.contains(where: { $0.name.lowercased() == "user-agent" }) {
            headers.append(HTTPHeader("User-Agent", userAgent))
        }
        let isClean = headers.allSatisfy { header in
            !header.name.isEmpty && (header.name + header.value).utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        }
        guard isClean else { throw HTTPProblem(.badAddress, "a header holds control characters") }
        // Without the empty one libcurl asks for permission before it sends a larger body, and waits a second for it.
        return headers.map { "\($0.name): \($0.value)" } + ["Expect:"]
    }

    private func response(_ answer: ccurl_answer, to request: HTTPRequest) throws(HTTPProblem) -> HTTPResponse {
        let host = request.url.authority
        guard answer.code == 0 else {
            if answer.over_limit != 0 {
                throw HTTPProblem(.tooLarge, "'\(host)' answered with more than \(request.limit) bytes")
            }
            let message = withUnsafeBytes(of: answer.message) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if answer.may_have_arrived == 0 { throw HTTPProblem(.unreachable, "cannot reach '\(host)': \(message)") }
            throw HTTPProblem(.lost, "no answer from '\(host)': \(message)")
        }
        let head = UnsafeRawBufferPointer(start: answer.head, count: answer.head_size)
        let body = UnsafeRawBufferPointer(start: answer.body, count: answer.body_size)
        let lines = String(decoding: head, as: UTF8.self).split(whereSeparator: \.isNewline)
        let headers = lines.dropFirst().compactMap { line -> HTTPHeader? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            return HTTPHeader(String(line[..<colon]), String(value))
        }
        return HTTPResponse(
            status: answer.status, headers: headers, body: Array(body), version: Int(answer.version))
    }
}

private func milliseconds(_ seconds: Double) -> Int { Int(min(max(seconds, 0.001), 86_400) * 1000) }

/// Runs a body with C strings of all texts, ended by a null pointer.
private func withCStrings(_ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Void) {
    let bytes = texts.map { Array($0.utf8CString) }
    let joined = bytes.flatMap { $0 }
    joined.withUnsafeBufferPointer { buffer in
        var pointers: [UnsafePointer<CChar>?] = []
        var offset = 0
        for text in bytes {
            pointers.append(buffer.baseAddress.map { $0 + offset })
            offset += text.count
        }
        pointers.append(nil)
        pointers.withUnsafeBufferPointer { if let first = $0.baseAddress { body(first) } }
    }
}

private func withOptionalCString(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Void) {
    if let text { text.withCString(body) } else { body(nil) }
}

/// One header line.
package struct HTTPHeader: Hashable, Sendable {
    package var name: String
    package var value: String

    /// Creates a header.
    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Whether it carries what only the host it is meant for may see.
    package var isCredential: Bool {
        ["authorization", "private-token", "job-token", "cookie", "proxy-authorization"].contains(name.lowercased())
    }
}

/// What is asked of a server.
package struct HTTPRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    package var method: Method
    package var url: HTTPURL
    package var headers: [HTTPHeader]
    /// Absent: the request has no body.
    package var body: [UInt8]?
    /// Whether sending it twice does no harm. Requests that are not get a connection of their own, because a connection
    /// that turns out to be dead would make the library send them again.
    package var isRepeatable: Bool
    /// The most seconds until the connection stands.
    package var connectTimeout = 10.0
    /// The most seconds for everything.
    package var timeout = 30.0
    /// The most bytes of the answer's body, after decompression.
    package var limit = 16 << 20

    /// Creates a request.
    ///
    /// - Parameter isRepeatable: absent: reading is, everything else is not.
    package init(
        _ method: Method, _ url: HTTPURL, headers: [HTTPHeader] = [], body: [UInt8]? = nil, isRepeatable: Bool? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.isRepeatable = isRepeatable ?? (method == .get || method == .head)
    }
}

/// What a server answered.
package struct HTTPResponse: Sendable {
    package var status: Int
    package var headers: [HTTPHeader]
    package var body: [UInt8]
    /// 10, 11, 20 or 30.
    package var version: Int

    /// Creates a response.
    package init(status: Int, headers: [HTTPHeader] = [], body: [UInt8] = [], version: Int = 11) {
        self.status = status
        self.headers = headers
        self.body = body
        self.version = version
    }

    /// The value of a header, its name in any case; the last one when it stands more than once.
    package subscript(header header: String) -> String? {
        headers.last { $0.name.lowercased() == header.lowercased() }?.value
    }

    /// The body as text; bytes that are no UTF-8 are replaced.
    package var text: String { String(decoding: body, as: UTF8.self) }
    /// Whether the status is 2xx.
    package var isSuccess: Bool { (200..<300).contains(status) }
}

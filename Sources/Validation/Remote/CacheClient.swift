import HTTP

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a cache server answered.
struct CacheAnswer: Sendable {
    var status: Int
    var body: [UInt8]
}

/// Reads from and writes to a cache server; paths are relative to its address.
protocol CacheClient: Sendable {
    func get(_ path: String, limit: Int) throws -> CacheAnswer
    func put(_ path: String, _ bytes: [UInt8]) throws -> CacheAnswer
}

/// A cache server behind an HTTP address.
struct HTTPCacheClient: CacheClient {
    let address: HTTPURL
    /// The value of the header `Authorization`; absent when the server asks for none.
    let authorization: String?
    let client: HTTPClient
    /// Seconds for one answer, and more for a large body: nobody is slower than half a megabyte in a second.
    var timeout = 3.0

    func get(_ path: String, limit: Int) throws -> CacheAnswer {
        var request = HTTPRequest(.get, address.appending(path), headers: headers)
        request.limit = limit
        return try send(request, bytes: limit)
    }

    func put(_ path: String, _ bytes: [UInt8]) throws -> CacheAnswer {
        let type = HTTPHeader("Content-Type", "application/octet-stream")
        // The same bytes under the same name: twice is once.
        return try send(
            HTTPRequest(.put, address.appending(path), headers: headers + [type], body: bytes, isRepeatable: true),
            bytes: bytes.count)
    }

    private var headers: [HTTPHeader] { authorization.map { [HTTPHeader("Authorization", $0)] } ?? [] }

    private func send(_ request: HTTPRequest, bytes: Int) throws -> CacheAnswer {
        var request = request
        request.connectTimeout = min(2, timeout)
        request.timeout = timeout + Double(bytes >> 19)
        let response = try client.send(request)
        return CacheAnswer(status: response.status, body: response.body)
    }
}

/// Sleeps in this thread: requests to the cache are made one after the other.
func pauseThread(milliseconds: Int) { usleep(UInt32(milliseconds) * 1000) }

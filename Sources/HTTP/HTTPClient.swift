import CCurl
import Synchronization

/// A synchronous client: one request at a time, connections kept between them.
///
/// Redirects are followed for reading only, a few times, never from https to http, and credentials stay behind when the
/// host changes. `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy` are honoured, requests to this machine never
/// go through a proxy.
package final class HTTPClient: Sendable {
    /// How the client reaches the network.
    package struct Network: Sendable {
        /// A file of certificates to trust; absent: the system's.
        package var certificates: String?
        /// The proxy, when the variables of the environment are not to decide (git's `http.proxy`).
        package var proxy: String?

        /// Creates a description.
        package init(certificates: String? = nil, proxy: String? = nil) {
            self.certificates = certificates
            self.proxy = proxy
        }

        /// As the environment says: `GIT_SSL_CAINFO`, `CURL_CA_BUNDLE`, `SSL_CERT_FILE`.
        package init(environment: [String: String]) {
            let names = ["GIT_SSL_CAINFO", "CURL_CA_BUNDLE", "SSL_CERT_FILE"]
            self.init(certificates: names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty })
        }
    }

    private let network: Network
    private let userAgent: String
    private let transfer = Mutex(Transfer())

    /// Creates a client; nothing is loaded or opened yet.
    package init(network: Network = Network(), userAgent: String = "git-patch") {
        self.network = network
        self.userAgent = userAgent
    }

    /// Sends a request and waits for the answer; any status is an answer.
    package func send(_ request: HTTPRequest) throws(HTTPProblem) -> HTTPResponse {
        var request = request
        for _ in 0..<5 {
            let response = try transfer.withLock { (transfer) throws(HTTPProblem) in
                try transfer.perform(request, network, userAgent)
            }
            guard [301, 302, 303, 307, 308].contains(response.status), let location = response[header: "location"]
            else { return response }
            guard request.method == .get || request.method == .head else {
                throw HTTPProblem(
                    .redirected, "'\(request.url.authority)' answers that this has moved to another address")
            }
            let next = try request.url.following(location)
            if request.url.scheme == "https" && next.scheme != "https" {
                throw HTTPProblem(
                    .redirected, "'\(request.url.authority)' leads to '\(next.authority)' without encryption")
            }
            if !next.isSameOrigin(as: request.url) { request.headers.removeAll(where: \.isCredential) }
            request.url = next
        }
        throw HTTPProblem(.redirected, "'\(request.url.authority)' leads in circles")
    }
}
